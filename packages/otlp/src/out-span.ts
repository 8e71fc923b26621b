import type { Attribute } from "./attribute-value.ts";
import type { HeldSpan } from "./held-span.ts";

/** A span of our own, to be written whole. */
export interface NewSpan {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** 16 hex digits, or empty at a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** OTLP span kind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly traceState?: string;
  readonly flags?: number;
  readonly attributes: readonly Attribute[];
  readonly links?: readonly SpanLink[];
}

/** Another span that a new span points to. */
export interface SpanLink {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
}

/** The scope under which new spans are put. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
}

/** A held span with changes to its attributes. */
export interface SplicedSpan {
  readonly span: HeldSpan;
  /** Attributes to put on it; one whose key is there already replaces it, of equal keys the last counts. */
  readonly add?: readonly Attribute[];
  /** Tells which keys to take off. */
  readonly cut?: (key: string) => boolean;
}

/** A new span that goes out under the resource of `beside`, in its encoding. */
export interface CreatedSpan {
  readonly create: NewSpan;
  readonly beside: HeldSpan;
  readonly scope: Scope;
}

/** A span to send. */
export type OutSpan = SplicedSpan | CreatedSpan;
