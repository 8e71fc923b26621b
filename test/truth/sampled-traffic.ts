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
  /** Mean number of open phases. */
  readonly concurrency: number;
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
/** Draw above idle at most, W, and the load at which it is 63 % of that. */
const DYNAMIC_WATTS = 600;
const SATURATION = 30000;
const PREFILL_TOKENS_PER_SECOND = 6000;
const DECODE_TOKENS_PER_SECOND = 35;

/** Makes Poisson arrivals of log-normal lengths for `seconds`, as many at once as `concurrency` in the mean. */
export function makeTraffic(concurrency: number, seconds: number, random: () => number): Traffic {
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
  return {
    phases,
    requests,
    endSeconds: phases.reduce((end, { toSeconds }) => Math.max(end, toSeconds), 0),
    ...settleTruth(phases, edges, requests),
    createClock: () => createClock(phases, edges),
  };
}

const MEAN_PROMPT = 900 * Math.exp(0.8 ** 2 / 2);
const MEAN_OUTPUT = 130 * Math.exp(0.9 ** 2 / 2);
const MEAN_SECONDS =
  MEAN_PROMPT / PREFILL_TOKENS_PER_SECOND + MEAN_OUTPUT / DECODE_TOKENS_PER_SECOND;

function makeRequest(request: number, fromSeconds: number, random: () => number): TrafficPhase[] {
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const prompt = Math.round(Math.max(8, 900 * Math.exp(0.8 * normal())));
  const output = Math.round(Math.max(2, 130 * Math.exp(0.9 * normal())));
  const pace = 0.8 + 0.4 * random();
  const firstToken = fromSeconds + prompt / (PREFILL_TOKENS_PER_SECOND * pace);
  const toSeconds = firstToken + (output - 1) / (DECODE_TOKENS_PER_SECOND * pace);
  return [
    {
      request,
      phase: "prefill",
      tokens: prompt,
      weight: prompt,
      fromSeconds,
      toSeconds: firstToken,
    },
    {
      request,
      phase: "decode",
      tokens: output - 1,
      weight: (output - 1) * TRAFFIC_TOKEN_PRICE,
      fromSeconds: firstToken,
      toSeconds,
    },
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
const wattsOf = (load: number): number => DYNAMIC_WATTS * (1 - Math.exp(-load / SATURATION));

/** Walks the edges: between two of them every open phase gets its part of what is drawn. */
function settleTruth(
  phases: readonly TrafficPhase[],
  edges: readonly Edge[],
  requests: number,
): Pick<Traffic, "truthJoules" | "concurrency"> {
  const truthJoules = new Float64Array(requests);
  const open = new Set<number>();
  let before = 0;
  let phaseSeconds = 0;
  for (const { seconds, index } of edges) {
    let load = 0;
    for (const one of open) load += rateOf(phases[one] as TrafficPhase);
    const joules = wattsOf(load) * (seconds - before);
    phaseSeconds += open.size * (seconds - before);
    for (const one of open) {
      const phase = phases[one] as TrafficPhase;
      truthJoules[phase.request] =
        (truthJoules[phase.request] as number) + (joules * rateOf(phase)) / load;
    }
    if (index >= 0) open.add(index);
    else open.delete(-1 - index);
    before = seconds;
  }
  return { truthJoules, concurrency: phaseSeconds / before };
}

function createClock(
  phases: readonly TrafficPhase[],
  edges: readonly Edge[],
): (seconds: number) => Reading {
  const open = new Set<number>();
  let at = 0;
  let next = 0;
  let load = 0;
  let outputRate = 0;
  let joules = 1000;
  let promptTokens = 0;
  let outputTokens = 0;

  function walk(to: number): void {
    joules += (TRAFFIC_IDLE_WATTS + wattsOf(Math.max(0, load))) * (to - at);
    outputTokens += outputRate * (to - at);
    at = to;
  }

  return (seconds) => {
    for (; next < edges.length && (edges[next] as Edge).seconds <= seconds; next++) {
      const { seconds: edgeSeconds, index } = edges[next] as Edge;
      walk(edgeSeconds);
      const isStart = index >= 0;
      const phase = phases[isStart ? index : -1 - index] as TrafficPhase;
      if (isStart) open.add(index);
      else open.delete(-1 - index);
      load = 0;
      outputRate = 0;
      for (const one of open) {
        const running = phases[one] as TrafficPhase;
        load += rateOf(running);
        if (running.phase === "decode") {
          outputRate += running.tokens / (running.toSeconds - running.fromSeconds);
        }
      }
      if (!isStart && phase.phase === "prefill") promptTokens += phase.tokens;
    }
    walk(seconds);
    return { joules, promptTokens, outputTokens, running: open.size };
  };
}
