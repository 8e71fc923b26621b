import { createHash } from "node:crypto";
import {
  deriveSpanId,
  type Footprint,
  type FootprintStatus,
  hostJoulesOf,
} from "@wattspan/footprint";
import {
  type Attribute,
  type AttributeValue,
  attributesOf,
  createTraceScanner,
  encodeTraces,
  endUnixNanoOf,
  type OutSpan,
  parentSpanIdOf,
  startUnixNanoOf,
  traceIdOf,
} from "@wattspan/otlp";
import {
  ATTR_FOOTPRINT_CARBON_OPERATIONAL,
  ATTR_FOOTPRINT_ENERGY_ACCELERATOR,
  ATTR_FOOTPRINT_ENERGY_HOST,
  ATTR_FOOTPRINT_ENERGY_LOWER,
  ATTR_FOOTPRINT_ENERGY_UPPER,
  ATTR_FOOTPRINT_FACILITY_PUE,
  ATTR_FOOTPRINT_MEASUREMENT_STATUS,
  ATTR_FOOTPRINT_SITE_NAME,
  ATTR_FOOTPRINT_SITE_PHASE,
  ATTR_FOOTPRINT_SITE_REQUEST,
  SCHEMA_URL,
} from "@wattspan/semconv";
import { version } from "../send/version.ts";
import type { Fragment, Topmost } from "../trace/elsewhere.ts";
import { saidFootprint } from "../trace/said-footprint.ts";

/** What one site tells another. */
export interface SiteWord {
  readonly site: string;
  readonly fragments: readonly Fragment[];
  /** Every trace whose spans ended before has been told of. */
  readonly toldUnixNano: bigint;
}

/** Scope under which sites talk: no other span has it. */
const SCOPE = { name: "wattspan.sites", version, schemaUrl: SCHEMA_URL };
const NAME = "energies";
const scopeBytes = Buffer.from(SCOPE.name);
const noBytes = new Uint8Array(0);
/** A span without a resource of its own stands beside this one. */
const NOWHERE_IN_PARTICULAR = {
  encoding: "protobuf",
  bytes: noBytes,
  envelope: { encoding: "protobuf", resourceBytes: noBytes, scopeBytes: noBytes },
} as const;

/** Whether a request is of a site; cheap, for it is asked of every request. */
export function isSiteWord(body: Uint8Array): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.length).includes(scopeBytes);
}

/** An OTLP request in protobuf. */
export function encodeSiteWord({ site, fragments, toldUnixNano }: SiteWord): Uint8Array {
  const mark = { startUnixNano: 0n, parentSpanId: "" };
  const told = span(markIdOf(site), deriveSpanId(site), mark, toldUnixNano, site, []);
  const spans = fragments.flatMap(({ traceId, topmost, phases }): OutSpan[] => {
    const { startUnixNano } = topmost;
    if (phases.length === 0) {
      return [span(traceId, deriveSpanId(traceId, site), topmost, startUnixNano, site, [])];
    }
    return phases.map(({ id, requestId, footprint }) =>
      span(traceId, id, topmost, startUnixNano, site, [
        { key: ATTR_FOOTPRINT_SITE_PHASE, value: id },
        { key: ATTR_FOOTPRINT_SITE_REQUEST, value: requestId },
        ...figuresOf(footprint),
      ]),
    );
  });
  return encodeTraces([...spans, told])[0]?.body ?? noBytes;
}

/** Reads a request of a site, as far as it is one; throws `OtlpError` for broken bytes. */
export function decodeSiteWord(body: Uint8Array): SiteWord | undefined {
  const table = createTraceScanner({ names: [], keys: [] }).scan(body, "protobuf");
  const fragments = new Map<string, Fragment & { phases: Fragment["phases"][number][] }>();
  let site: string | undefined;
  let markId = "";
  let toldUnixNano = 0n;
  for (let i = 0; i < table.count; i++) {
    const attributes = attributesOf(table, i);
    const name = attributes.get(ATTR_FOOTPRINT_SITE_NAME);
    if (typeof name !== "string") continue;
    if (site === undefined) {
      site = name;
      markId = markIdOf(site);
    }
    const traceId = traceIdOf(table, i);
    if (traceId === markId) {
      toldUnixNano = endUnixNanoOf(table, i);
      continue;
    }
    const fragment = fragments.get(traceId) ?? {
      traceId,
      topmost: {
        startUnixNano: startUnixNanoOf(table, i),
        parentSpanId: parentSpanIdOf(table, i),
      },
      phases: [],
    };
    fragments.set(traceId, fragment);
    const id = attributes.get(ATTR_FOOTPRINT_SITE_PHASE);
    const requestId = attributes.get(ATTR_FOOTPRINT_SITE_REQUEST);
    if (typeof id !== "string" || typeof requestId !== "string") continue;
    fragment.phases.push({ id, requestId, footprint: footprintFrom(attributes) });
  }
  return site === undefined
    ? undefined
    : { site, fragments: [...fragments.values()], toldUnixNano };
}

function span(
  traceId: string,
  spanId: string,
  { startUnixNano, parentSpanId }: Topmost,
  endUnixNano: bigint,
  site: string,
  more: readonly Attribute[],
): OutSpan {
  return {
    create: {
      traceId,
      spanId,
      parentSpanId,
      name: NAME,
      kind: 1,
      startUnixNano,
      endUnixNano,
      attributes: [{ key: ATTR_FOOTPRINT_SITE_NAME, value: site }, ...more],
    },
    beside: NOWHERE_IN_PARTICULAR,
    scope: SCOPE,
  };
}

/** Trace id of the span that says how far a site has told. */
function markIdOf(site: string): string {
  return createHash("sha256").update(`wattspan site ${site}`).digest("hex").slice(0, 32);
}

function figuresOf({ status, pue, energy, gramsCo2e }: Footprint): Attribute[] {
  const number = (key: string, value: number | undefined): Attribute[] =>
    value === undefined ? [] : [{ key, value }];
  const hostJoules = energy && hostJoulesOf(energy);
  return [
    { key: ATTR_FOOTPRINT_MEASUREMENT_STATUS, value: status },
    { key: ATTR_FOOTPRINT_FACILITY_PUE, value: pue },
    ...number(ATTR_FOOTPRINT_ENERGY_ACCELERATOR, energy && energy.energyJoules - (hostJoules ?? 0)),
    ...number(ATTR_FOOTPRINT_ENERGY_HOST, hostJoules),
    ...number(ATTR_FOOTPRINT_ENERGY_LOWER, energy?.lowerJoules),
    ...number(ATTR_FOOTPRINT_ENERGY_UPPER, energy?.upperJoules),
    ...number(ATTR_FOOTPRINT_CARBON_OPERATIONAL, gramsCo2e),
  ];
}

const STATUSES: ReadonlySet<unknown> = new Set<FootprintStatus>([
  "missing",
  "estimated",
  "partial",
  "provisional",
  "measured",
]);

function footprintFrom(attributes: ReadonlyMap<string, AttributeValue>): Footprint {
  const numberAt = (key: string): number | undefined => {
    const value = attributes.get(key);
    return typeof value === "number" ? value : undefined;
  };
  const present = <K extends string>(key: K, value: number | undefined) =>
    (value === undefined ? {} : { [key]: value }) as Partial<Record<K, number>>;
  const status = attributes.get(ATTR_FOOTPRINT_MEASUREMENT_STATUS);
  const acceleratorJoules = numberAt(ATTR_FOOTPRINT_ENERGY_ACCELERATOR);
  const hostJoules = numberAt(ATTR_FOOTPRINT_ENERGY_HOST);
  const energyJoules =
    acceleratorJoules === undefined ? undefined : acceleratorJoules + (hostJoules ?? 0);
  return saidFootprint({
    status: STATUSES.has(status) ? (status as FootprintStatus) : "missing",
    pue: numberAt(ATTR_FOOTPRINT_FACILITY_PUE) ?? 1,
    ...present("energyJoules", energyJoules),
    ...present("hostJoules", hostJoules),
    ...present("lowerJoules", numberAt(ATTR_FOOTPRINT_ENERGY_LOWER)),
    ...present("upperJoules", numberAt(ATTR_FOOTPRINT_ENERGY_UPPER)),
    ...present("gramsCo2e", numberAt(ATTR_FOOTPRINT_CARBON_OPERATIONAL)),
  });
}
