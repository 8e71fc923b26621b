import { meterSourceTypes } from "@wattspan/sources";
import type { FileConfig } from "./config.ts";
import type { MeterSourceConfig } from "./meter-sources.ts";
import { nodeNamed } from "./node-named.ts";
import type { Problem } from "./problem.ts";

/** Sources that cannot work: without the machine or device that they do not name, or twice the same. */
export function meterProblems({ meters: { sources }, nodes }: FileConfig): readonly Problem[] {
  return sources.flatMap((source, index) => {
    const path = `meters.sources[${index}]`;
    const problems = lackOf(source).map(([key, message]) => ({ path: `${path}.${key}`, message }));
    if (source.node !== undefined && nodeNamed(nodes, source.node) === undefined) {
      const message = `no node is called ${JSON.stringify(source.node)}`;
      problems.push({ path: `${path}.node`, message });
    }
    const rival = sources.findIndex((other) => labelOf(other) === labelOf(source));
    if (rival < index) problems.push({ path, message: `is the same as meters.sources[${rival}]` });
    return problems;
  });
}

/** Sources whose format was read in documentation only. */
export function meterWarnings({ meters: { sources } }: FileConfig): readonly Problem[] {
  return sources.flatMap(({ type }, index) => {
    const known = meterSourceTypes.find((one) => one.type === type);
    if (known?.isUnverified !== true) return [];
    const message = `${known.title} is unverified: written from its documentation, never tried on a real one`;
    return [{ path: `meters.sources[${index}].type`, message }];
  });
}

function lackOf(source: MeterSourceConfig): readonly (readonly [key: string, message: string])[] {
  const known = meterSourceTypes.find(({ type }) => type === source.type);
  const { type } = source;
  return [
    ...(known?.isRemote === false && source.node === undefined
      ? [["node", `is missing: ${type} reads the machine that the gateway runs on`] as const]
      : []),
    ...(known?.isRemote === false && source.endpoint !== undefined
      ? [["endpoint", `does not go with ${type}, which reads this machine`] as const]
      : []),
    ...(type === "trtllm" && source.device === undefined
      ? [["device", "is missing: the page names none; only for a worker on one device"] as const]
      : []),
    ...(type !== "trtllm" && source.device !== undefined
      ? [["device", `does not go with ${type}, whose readings name theirs`] as const]
      : []),
    ...(type !== "prometheus" && source.matchers !== undefined
      ? [["matchers", "goes with type: prometheus only"] as const]
      : []),
  ];
}

function labelOf({ name, type, endpoint = "", matchers = "" }: MeterSourceConfig): string {
  return name ?? `${type} ${endpoint} ${matchers}`;
}
