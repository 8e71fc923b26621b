import { joinScene, joulesOf, type SceneWork } from "./join-scene.ts";
import { type Joiner, type Oracle, type OracleRow, readTable } from "./oracle-row.ts";

/** Published joules per token hold to this; it is our arithmetic that is checked. */
const TOLERANCE = 1e-3;
/** The steady state is watched for this long, from the middle of an epoch on, over two of its boundaries. */
const WINDOW_SECONDS = 90;
const START_SECONDS = 37;
const METER_SECONDS = 0.5;

/** Published steady states of continuous batching, rebuilt from power, tokens per second and batch size. */
export const mlEnergy: Oracle = {
  name: "ML.ENERGY v3",
  source: "power / tokens per second = J per token; per request = J per token x tokens",
  rows: (joiner) => readTable("ml-energy/rows.csv")?.flatMap((row) => steadyState(joiner, row)),
};

function steadyState(joiner: Joiner, row: Readonly<Record<string, string>>): OracleRow[] {
  const read = (name: string): number => Number(row[name]);
  const slots = Math.max(1, Math.round(read("avg_batch_size")));
  const gpus = Array.from({ length: read("num_gpus") }, (_, i) => `GPU-${i}`);
  const perSlot = read("output_tok_s") / slots;
  const works = slots > 0 ? fillSlots(slots, read("avg_output_len") / perSlot) : [];
  const tokens = works.map(({ from, to }) => (to - from) * perSlot);
  const watts = read("avg_power_w") / gpus.length;
  const steps = Math.round(WINDOW_SECONDS / METER_SECONDS);
  const energyAt = joinScene(
    joiner,
    {
      devices: gpus.map((id) => ({ id })),
      counters: gpus.flatMap((id) =>
        Array.from(
          { length: steps + 1 },
          (_, i) => [id, i * METER_SECONDS, 7 + watts * i * METER_SECONDS] as const,
        ),
      ),
      works: works.map(({ from, to }, i) => ({
        from,
        to,
        weight: joiner.weigh("decode", tokens[i], to - from, "priced", 8).weight,
        on: gpus,
      })),
    },
    START_SECONDS,
  );
  const joules = works.map((_, i) => joulesOf(energyAt, i));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const name = `${row["model"]} ${row["task"]} ${row["gpu"]} x${gpus.length} B${row["max_num_seqs"]}`;
  const rows = [
    {
      name,
      unit: "J/token",
      expected: read("energy_per_token_j"),
      actual: sum(joules) / sum(tokens),
    },
  ];
  const longest = works.reduce((best, { from, to }, i) => {
    const known = works[best] as SceneWork;
    return to - from > known.to - known.from ? i : best;
  }, 0);
  const share = (tokens[longest] as number) / read("avg_output_len");
  rows.push({
    name,
    unit: "J/request",
    expected: read("energy_per_request_j"),
    actual: (joules[longest] as number) / share,
  });
  return rows.map((one) => ({ ...one, tolerance: TOLERANCE }));
}

/** Requests of equal length back to back in every slot, staggered, cut where the window begins and ends. */
function fillSlots(slots: number, requestSeconds: number): { from: number; to: number }[] {
  return Array.from({ length: slots }, (_, slot) => slot).flatMap((slot) => {
    const works: { from: number; to: number }[] = [];
    for (
      let from = -requestSeconds * (slot / slots);
      from < WINDOW_SECONDS;
      from += requestSeconds
    ) {
      const work = { from: Math.max(0, from), to: Math.min(WINDOW_SECONDS, from + requestSeconds) };
      if (work.to - work.from > 1e-6) works.push(work);
    }
    return works;
  });
}
