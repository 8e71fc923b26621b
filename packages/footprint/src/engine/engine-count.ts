import type { Instant } from "../instant.ts";

/** One sample of one of an engine's metrics, from its page or from OTLP metrics. */
export interface EngineSample {
  readonly name: string;
  readonly value: number;
  /** Undefined where the label is absent or empty. */
  readonly label: (key: string) => string | undefined;
  readonly labels: Iterable<readonly [key: string, value: string]>;
}

/** What an engine, or one of its data-parallel ranks, says it has computed so far. */
export interface EngineCount {
  /** Tells engines apart: the labels that they have. */
  readonly source: string;
  readonly at: Instant;
  readonly model?: string;
  /** Engines that do the same work. */
  readonly pool?: string;
  /** Tokens of prompts that were computed, those from a cache left out. */
  readonly prefillTokens: number;
  /** Tokens of outputs, without the first one of each, which its prefill made. */
  readonly decodeTokens: number;
  /** Requests in the batch at this moment. */
  readonly running: number;
  /** Who the worker is, to find its devices by. */
  readonly worker: ReadonlyMap<string, string>;
  /** Devices that it is known to run on. */
  readonly deviceIds?: readonly string[];
}
