import {
  addNs,
  type EngineCount,
  type EngineSample,
  elapsedNs,
  isEngineMetric,
  readEngineCounts,
} from "@wattspan/footprint";
import { labelOf, parseExposition } from "../power/parse-exposition.ts";
import type { Polled } from "../power/polled.ts";
import { createPolledPage, type PolledPageOptions } from "../power/polled-page.ts";
import { systemNow } from "../power/system-now.ts";

/** An engine whose counters are asked for. */
export interface EnginePageOptions extends PolledPageOptions {
  /** Default the endpoint. */
  readonly name?: string;
  /** The machine that it runs on; default what worker rows say of its labels. */
  readonly node?: string;
  /** Its devices; default all of the node. */
  readonly devices?: readonly string[];
  /** Engines that do the same work; default what its labels say. */
  readonly pool?: string;
}

/** What an engine's page tells its reader; none of the calls throws. */
export interface EngineSink {
  onCounts(counts: readonly EngineCount[]): void;
  /** The page gives no counts, and why. */
  onLost(reason: string): void;
  onFound(): void;
}

/** A running engine's page, read again and again. */
export type EnginePage = Polled<EngineSink>;

/** Reads what vLLM or SGLang, alone or inside a Dynamo worker, count of their work. */
export function createEnginePage(options: EnginePageOptions): EnginePage {
  const { endpoint, name = endpoint, now = systemNow } = options;
  return createPolledPage<EngineSink>(name, options, (text, asked, sink) => {
    // The page is made at some moment in between.
    const at = addNs(asked, Math.round(elapsedNs(asked, now()) / 2));
    const counts = readEngineCounts(samplesOf(text), at);
    if (counts.length === 0) {
      return "it has no counters of vLLM or SGLang: running requests and tokens of both kinds";
    }
    sink.onCounts(counts.map((count) => placed(count, options)));
    return undefined;
  });
}

function placed(
  count: EngineCount,
  { endpoint, node, devices, pool }: EnginePageOptions,
): EngineCount {
  const worker = new Map(count.worker);
  if (node !== undefined) worker.set("k8s.node.name", node);
  return {
    ...count,
    source: `${endpoint} ${count.source}`,
    worker,
    ...(devices === undefined ? {} : { deviceIds: devices }),
    ...(pool === undefined ? {} : { pool }),
  };
}

function* samplesOf(text: string): Generator<EngineSample> {
  const page = parseExposition(text, isEngineMetric);
  for (let i = 0; i < page.count; i++) {
    const first = page.labelStart[i] as number;
    const end = page.labelStart[i + 1] as number;
    const values = page.labelValues.slice(first, end);
    yield {
      name: page.names[page.nameIndex[i] as number] as string,
      value: page.values[i] as number,
      label: (key) => labelOf(page, i, key),
      labels: page.labelKeys
        .slice(first, end)
        .map((key, at): [string, string] => [key, values[at] as string]),
    };
  }
}
