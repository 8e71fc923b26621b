import {
  addNs,
  type EngineCount,
  type EngineSample,
  elapsedNs,
  type Instant,
  isEngineMetric,
  readEngineCounts,
} from "@wattspan/footprint";
import { fetchText } from "../power/fetch-text.ts";
import { labelOf, parseExposition } from "../power/parse-exposition.ts";
import { createPoll } from "../power/poll.ts";
import { systemNow } from "../power/system-now.ts";

/** An engine whose counters are asked for. */
export interface EnginePageOptions {
  /** URL of its Prometheus page. */
  readonly endpoint: string;
  /** Default the endpoint. */
  readonly name?: string;
  /** How often it is asked; default 5 s. */
  readonly intervalMs?: number;
  /** Default 5 s. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The machine that it runs on; default what worker rows say of its labels. */
  readonly node?: string;
  /** Its devices; default all of the node. */
  readonly devices?: readonly string[];
  /** Engines that do the same work; default what its labels say. */
  readonly pool?: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => Instant;
}

/** What an engine's page tells its reader; none of the calls throws. */
export interface EngineSink {
  onCounts(counts: readonly EngineCount[]): void;
  /** The page gives no counts, and why. */
  onLost(reason: string): void;
  onFound(): void;
}

/** A running engine's page, read again and again. */
export interface EnginePage {
  readonly name: string;
  /** Starts reading into `sink`; never throws, keeps no process alive. */
  start(sink: EngineSink): void;
  /** Reads once more as soon as it can. */
  flush(): Promise<void>;
  /** Safe twice and without start. */
  shutdown(): void;
}

/** Reads what vLLM or SGLang, alone or inside a Dynamo worker, count of their work. */
export function createEnginePage(options: EnginePageOptions): EnginePage {
  const { endpoint, name = endpoint } = options;
  const now = options.now ?? systemNow;
  let sink: EngineSink | undefined;

  async function scrape(): Promise<boolean> {
    const asked = now();
    const timeoutMs = options.timeoutMs ?? 5000;
    const answer = await fetchText(endpoint, { ...options, timeoutMs });
    if (sink === undefined) return true;
    if ("failure" in answer) return lose(answer.failure);
    // The page is made at some moment in between.
    const at = addNs(asked, Math.round(elapsedNs(asked, now()) / 2));
    const counts = readEngineCounts(samplesOf(answer.text), at);
    if (counts.length === 0) {
      return lose(
        "it has no counters of vLLM or SGLang: running requests and tokens of both kinds",
      );
    }
    sink.onCounts(counts.map((count) => placed(count, options)));
    sink.onFound();
    return true;
  }

  function lose(reason: string): false {
    sink?.onLost(`${endpoint}: ${reason}`);
    return false;
  }

  const poll = createPoll(scrape, options.intervalMs ?? 5000);
  return {
    name,
    start(given) {
      sink = given;
      poll.start();
    },
    flush: () => poll.flush(),
    shutdown() {
      sink = undefined;
      poll.shutdown();
    },
  };
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
