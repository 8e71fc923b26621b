/**
 * One device under traffic of which some requests are seen. The declared weights are the true ones: power depends on
 * the sum of their rates only, so a request's truth is its part of the load at every moment, whoever is seen. Nothing
 * here is shared with the library.
 */

/** A request's prefill or decode; times in seconds. */
interface TrafficPhase {
  readonly request: number;
  readonly phase: "prefill" | "decode";
  readonly tokens: number;
  readonly weight: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** What ran, what it cost, and what the device drew. */
export interface Traffic {
  readonly phases: readonly TrafficPhase[];
  readonly requests: number;
  readonly endSeconds: number;
  /** Joules above idle by request. */
  readonly truthJoules: Float64Array;
  /** Device energy and engine counters at a time that does not go back. */
  createClock(): (seconds: number) => Reading;
}

/** What meter and engine show at one moment. */
interface Reading {
  readonly joules: number;
  /** As engines count: a prompt when its prefill ends, an output token when it is made. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly running: number;
}

/** Idle and highest power, W. */
export const TRAFFIC_IDLE_WATTS = 75;
export const TRAFFIC_MAX_WATTS = 700;
/** Cost of an output token where a prompt token costs 1. */
export const TRAFFIC_TOKEN_PRICE = 8;
/** Draw above idle at most, W. */
const DYNAMIC_WATTS = 600;
const PREFILL_TOKENS_PER_SECOND = 6000;
const DECODE_TOKENS_PER_SECOND = 35;

/** What kind of traffic it is. */
export interface TrafficKind {
  /** Requests at once, in the mean. */
  readonly concurrency: number;
  readonly seconds: number;
  /** Load, in weights per second, at which the draw is 63 % of what it can be: where power bends. */
  readonly bend: number;
}

/** Makes Poisson arrivals of log-normal lengths. */
export function makeTraffic(
  { concurrency, seconds, bend }: TrafficKind,
  random: () => number,
): Traffic {
  const phases: TrafficPhase[] = [];
  const perSecond = concurrency / MEAN_SECONDS;
  let atSeconds = 0;
  let requests = 0;
  for (;;) {
    atSeconds -= Math.log(1 - random()) / perSecond;
    if (atSeconds >= seconds) break;
    phases.push(...makeRequest(requests++, atSeconds, random));
  }
  const edges = edgesOf(phases);
  const wattsOf = (load: number): number => DYNAMIC_WATTS * (1 - Math.exp(-load / bend));
  return {
    phases,
    requests,
    endSeconds: phases.reduce((end, { toSeconds }) => Math.max(end, toSeconds), 0),
    truthJoules: truthOf(phases, edges, requests, wattsOf),
    createClock: () => createClock(phases, edges, wattsOf),
  };
}

const MEAN_PROMPT: number = 900 * Math.exp(0.8 ** 2 / 2);
const MEAN_OUTPUT: number = 130 * Math.exp(0.9 ** 2 / 2);
const MEAN_SECONDS: number =
  MEAN_PROMPT / PREFILL_TOKENS_PER_SECOND + MEAN_OUTPUT / DECODE_TOKENS_PER_SECOND;

function makeRequest(request: number, fromSeconds: number, random: () => number): TrafficPhase[] {
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const prompt = Math.round(Math.max(8, 900 * Math.exp(0.8 * normal())));
  const output = Math.round(Math.max(2, 130 * Math.exp(0.9 * normal())));
  const pace = 0.8 + 0.4 * random();
  const firstToken = fromSeconds + prompt / (PREFILL_TOKENS_PER_SECOND * pace);
  const toSeconds = firstToken + (output - 1) / (DECODE_TOKENS_PER_SECOND * pace);
  const prefill = { phase: "prefill" as const, tokens: prompt, weight: prompt };
  const weight = (output - 1) * TRAFFIC_TOKEN_PRICE;
  const decode = { phase: "decode" as const, tokens: output - 1, weight };
  return [
    { request, ...prefill, fromSeconds, toSeconds: firstToken },
    { request, ...decode, fromSeconds: firstToken, toSeconds },
  ];
}

/** A phase that begins (index) or ends (-1 - index). */
interface Edge {
  readonly seconds: number;
  readonly index: number;
}

function edgesOf(phases: readonly TrafficPhase[]): readonly Edge[] {
  return phases
    .flatMap(({ fromSeconds, toSeconds }, index) => [
      { seconds: fromSeconds, index },
      { seconds: toSeconds, index: -1 - index },
    ])
    .sort((a, b) => a.seconds - b.seconds);
}

const rateOf = ({ weight, fromSeconds, toSeconds }: TrafficPhase): number =>
  weight / (toSeconds - fromSeconds);

/** Walks the edges: between two of them every open phase gets its part of what is drawn. */
function truthOf(
  phases: readonly TrafficPhase[],
  edges: readonly Edge[],
  requests: number,
  wattsOf: (load: number) => number,
): Float64Array {
  const joulesOf = new Float64Array(requests);
  const open = new Set<TrafficPhase>();
  let before = 0;
  for (const { seconds, index } of edges) {
    let load = 0;
    for (const phase of open) load += rateOf(phase);
    const joules = wattsOf(load) * (seconds - before);
    for (const phase of open) {
      joulesOf[phase.request] =
        (joulesOf[phase.request] as number) + (joules * rateOf(phase)) / load;
    }
    turn(open, phases, index);
    before = seconds;
  }
  return joulesOf;
}

/** Opens or closes the phase of an edge; gives it. */
function turn(
  open: Set<TrafficPhase>,
  phases: readonly TrafficPhase[],
  index: number,
): TrafficPhase {
  const phase = phases[index >= 0 ? index : -1 - index] as TrafficPhase;
  if (index >= 0) open.add(phase);
  else open.delete(phase);
  return phase;
}

/** Load in weights, and output tokens, both per second. */
function ratesOf(open: Iterable<TrafficPhase>): { load: number; output: number } {
  let load = 0;
  let output = 0;
  for (const phase of open) {
    load += rateOf(phase);
    if (phase.phase === "decode") output += phase.tokens / (phase.toSeconds - phase.fromSeconds);
  }
  return { load, output };
}

function createClock(
  phases: readonly TrafficPhase[],
  edges: readonly Edge[],
  wattsOf: (load: number) => number,
): (seconds: number) => Reading {
  const open = new Set<TrafficPhase>();
  let rates = ratesOf(open);
  let at = 0;
  let next = 0;
  let joules = 1000;
  let promptTokens = 0;
  let outputTokens = 0;

  function walk(to: number): void {
    joules += (TRAFFIC_IDLE_WATTS + wattsOf(rates.load)) * (to - at);
    outputTokens += rates.output * (to - at);
    at = to;
  }

  return (seconds) => {
    for (; next < edges.length && (edges[next] as Edge).seconds <= seconds; next++) {
      const edge = edges[next] as Edge;
      walk(edge.seconds);
      const phase = turn(open, phases, edge.index);
      rates = ratesOf(open);
      if (edge.index < 0 && phase.phase === "prefill") promptTokens += phase.tokens;
    }
    walk(seconds);
    return { joules, promptTokens, outputTokens, running: open.size };
  };
}
