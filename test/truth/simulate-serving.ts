/**
 * A serving fleet with continuous batching whose every joule is known. Power follows from what a step computes and
 * reads; the truth of a step is the Aumann-Shapley price of that power function. Nothing here is shared with the library.
 */

/** A request as it arrives. */
export interface Arrival {
  readonly atSeconds: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** How the fleet serves. */
export interface Fleet {
  /** `chunked`: prompts in pieces beside the decoding batch; `prefill-first`: whole prompts, decoding waits. */
  readonly schedule: "chunked" | "prefill-first";
  /** Groups of device ids; a group serves as one worker. Empty: the decoders prefill too. */
  readonly prefillers: readonly (readonly string[])[];
  readonly decoders: readonly (readonly string[])[];
}

/** One request's prefill or decode as its engine would report it, and what it really cost. */
interface ServedPhase {
  readonly request: number;
  readonly phase: "prefill" | "decode";
  readonly devices: readonly string[];
  readonly tokens: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Joules above idle of all its devices. */
  readonly truthJoules: number;
}

/** Steps of one device in time order: it draws `watts` in them and idle power between them. */
export interface Steps {
  readonly from: number[];
  readonly to: number[];
  readonly watts: number[];
}

/** What was served and what every device drew. */
export interface Served {
  readonly phases: readonly ServedPhase[];
  readonly steps: ReadonlyMap<string, Steps>;
  readonly endSeconds: number;
}

/** Idle and highest power of every device, W. */
export const IDLE_WATTS = 75;
export const MAX_WATTS = 700;

const MAX_BATCH = 64;
const STEP_TOKENS = 2048;
const STEP_SECONDS = 0.008;
const PREFILL_TOKEN_SECONDS = 6e-5;
const DECODE_TOKEN_SECONDS = 5e-5;
const CACHE_TOKEN_SECONDS = 5e-8;
/** Highest draw of arithmetic and of memory traffic, W, and the rates per second at which they saturate. */
const COMPUTE_WATTS = 300;
const COMPUTE_RATE = 6000;
const MEMORY_WATTS = 250;
const MEMORY_RATE = 3e6;
const NOISE = 0.04;

/** Serves all arrivals, which ascend in time; `random` gives numbers in `[0, 1)`. */
export function simulateServing(
  fleet: Fleet,
  arrivals: readonly Arrival[],
  random: () => number,
): Served {
  const phases: ServedPhase[] = [];
  const steps = new Map<string, Steps>();
  const jobs = arrivals.map(
    ({ atSeconds, promptTokens, outputTokens }, request): Job => ({
      request,
      atSeconds,
      promptTokens,
      outputTokens,
    }),
  );
  if (fleet.prefillers.length === 0) {
    dealOut(jobs, fleet.decoders, (devices, own) =>
      runWorker(devices, fleet, own, "both", phases, steps, random),
    );
  } else {
    const moved: Job[] = [];
    dealOut(jobs, fleet.prefillers, (devices, own) =>
      moved.push(...runWorker(devices, fleet, own, "prefill", phases, steps, random)),
    );
    moved.sort((a, b) => a.atSeconds - b.atSeconds);
    dealOut(moved, fleet.decoders, (devices, own) =>
      runWorker(devices, fleet, own, "decode", phases, steps, random),
    );
  }
  const endSeconds = phases.reduce((end, { toSeconds }) => Math.max(end, toSeconds), 0);
  return { phases, steps, endSeconds };
}

interface Job {
  readonly request: number;
  readonly atSeconds: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

function dealOut(
  jobs: readonly Job[],
  groups: readonly (readonly string[])[],
  run: (devices: readonly string[], own: readonly Job[]) => void,
): void {
  groups.forEach((devices, i) => {
    run(
      devices,
      jobs.filter((_, index) => index % groups.length === i),
    );
  });
}

/** A request in the batch. */
interface Running {
  readonly job: Job;
  promptLeft: number;
  outputLeft: number;
  cached: number;
  /** Tokens of the prompt in the step at hand. */
  chunk: number;
  fromSeconds: number;
  joules: number;
}

/** Runs one worker to the end; gives the jobs whose prefill it finished, at that time. */
function runWorker(
  devices: readonly string[],
  { schedule }: Fleet,
  jobs: readonly Job[],
  role: "both" | "prefill" | "decode",
  phases: ServedPhase[],
  allSteps: Map<string, Steps>,
  random: () => number,
): Job[] {
  const own: Steps = { from: [], to: [], watts: [] };
  const finished: Job[] = [];
  const batch: Running[] = [];
  let now = 0;
  let next = 0;

  /** Takes the step's work off a request; gives whether it stays in the batch. */
  function endStep(one: Running, isDecoding: boolean, endSeconds: number): boolean {
    if (one.chunk > 0) {
      one.cached += one.chunk;
      one.promptLeft -= one.chunk;
      if (one.promptLeft > 0) return true;
      phases.push(phaseOf(one, "prefill", devices, endSeconds));
      finished.push({ ...one.job, atSeconds: endSeconds });
      one.joules = 0;
      one.fromSeconds = endSeconds;
      return role === "both" && one.outputLeft > 0;
    }
    if (!isDecoding || one.promptLeft > 0) return true;
    one.cached++;
    one.outputLeft--;
    if (one.outputLeft > 0) return true;
    phases.push(phaseOf(one, "decode", devices, endSeconds));
    return false;
  }

  while (next < jobs.length || batch.length > 0) {
    if (batch.length === 0) now = Math.max(now, (jobs[next] as Job).atSeconds);
    for (
      ;
      batch.length < MAX_BATCH && next < jobs.length && (jobs[next] as Job).atSeconds <= now;
      next++
    ) {
      batch.push(startJob(jobs[next] as Job, role));
    }
    const isPrefilling = planChunks(batch, schedule);
    const isDecoding = !isPrefilling || schedule === "chunked";
    const { seconds, watts } = priceStep(
      batch,
      isDecoding,
      devices.length,
      now,
      1 + NOISE * (random() * 2 - 1),
    );
    own.from.push(now);
    own.to.push(now + seconds);
    own.watts.push(watts);
    now += seconds;
    let kept = 0;
    for (const one of batch) {
      if (endStep(one, isDecoding, now)) batch[kept++] = one;
    }
    batch.length = kept;
  }
  for (const device of devices) allSteps.set(device, own);
  return finished;
}

/** The last token of the prompt gives the first one of the output. */
function startJob(job: Job, role: "both" | "prefill" | "decode"): Running {
  const isPrefilled = role === "decode";
  return {
    job,
    promptLeft: isPrefilled ? 0 : job.promptTokens,
    outputLeft: Math.max(isPrefilled ? 1 : 0, job.outputTokens - 1),
    cached: isPrefilled ? job.promptTokens : 0,
    chunk: 0,
    fromSeconds: -1,
    joules: 0,
  };
}

/** Chooses the prompt tokens of the next step; gives whether there are any. */
function planChunks(batch: readonly Running[], schedule: Fleet["schedule"]): boolean {
  let room = STEP_TOKENS;
  if (schedule === "chunked") for (const one of batch) if (one.promptLeft === 0) room--;
  let isFirst = true;
  for (const one of batch) {
    one.chunk = 0;
    if (one.promptLeft === 0 || room <= 0) continue;
    const wanted = schedule === "chunked" ? Math.min(one.promptLeft, room) : one.promptLeft;
    if (wanted > room && !isFirst) continue;
    one.chunk = wanted;
    room -= wanted;
    isFirst = false;
  }
  return !isFirst;
}

/**
 * Power saturates in arithmetic and in memory traffic: `P = idle + A·φ(C / C₀) + B·φ(M / M₀)`, `φ(x) = 1 - e⁻ˣ`. Each
 * term depends on a total only, so its Aumann-Shapley price is the term in proportion to the parts of the total.
 */
function priceStep(
  batch: readonly Running[],
  isDecoding: boolean,
  devices: number,
  now: number,
  noise: number,
): { seconds: number; watts: number } {
  let promptTokens = 0;
  let decoded = 0;
  let cacheTokens = 0;
  for (const one of batch) {
    if (one.chunk > 0) promptTokens += one.chunk;
    else if (isDecoding && one.promptLeft === 0) decoded++;
    else continue;
    cacheTokens += one.cached;
  }
  const computed = promptTokens + decoded;
  const seconds =
    STEP_SECONDS +
    (promptTokens * PREFILL_TOKEN_SECONDS +
      decoded * DECODE_TOKEN_SECONDS +
      cacheTokens * CACHE_TOKEN_SECONDS) /
      devices;
  const draw = drawOf(computed / seconds / devices, cacheTokens / seconds / devices);
  const computeWatts = draw.computeWatts * noise;
  const memoryWatts = draw.memoryWatts * noise;
  const perToken = (computeWatts * seconds * devices) / Math.max(1, computed);
  const perCacheToken = (memoryWatts * seconds * devices) / Math.max(1, cacheTokens);
  for (const one of batch) {
    const tokens = one.chunk > 0 ? one.chunk : isDecoding && one.promptLeft === 0 ? 1 : 0;
    if (tokens === 0) continue;
    if (one.fromSeconds < 0) one.fromSeconds = now;
    one.joules += tokens * perToken + one.cached * perCacheToken;
  }
  return { seconds, watts: IDLE_WATTS + computeWatts + memoryWatts };
}

/** Draw above idle, W, at tokens computed and cached tokens read per second by one device. */
export function drawOf(
  computedRate: number,
  memoryRate: number,
): { computeWatts: number; memoryWatts: number } {
  return {
    computeWatts: COMPUTE_WATTS * (1 - Math.exp(-computedRate / COMPUTE_RATE)),
    memoryWatts: MEMORY_WATTS * (1 - Math.exp(-memoryRate / MEMORY_RATE)),
  };
}

function phaseOf(
  { job, fromSeconds, joules }: Running,
  phase: "prefill" | "decode",
  devices: readonly string[],
  toSeconds: number,
): ServedPhase {
  const tokens = phase === "prefill" ? job.promptTokens : Math.max(1, job.outputTokens - 1);
  return {
    request: job.request,
    phase,
    devices,
    tokens,
    fromSeconds,
    toSeconds,
    truthJoules: joules,
  };
}
