import { joinScene, joulesOf } from "./join-scene.ts";
import { type Joiner, type Oracle, type OracleRow, readTable } from "./oracle-row.ts";

/** Published phase powers per GPU, W (SplitwiseSim, configs/power_model/constant.yaml, MIT). */
const WATTS: Readonly<Record<string, { idle: number; prompt: number; token: number }>> = {
  "a100-80gb": { idle: 63, prompt: 400, token: 250 },
  "h100-80gb": { idle: 75, prompt: 700, token: 380 },
};
const METER_SECONDS = 0.1;
const TOLERANCE = 1e-3;
/** Joules as they were derived from the same publication by hand, three digits: per prompt token, or per output token. */
const DERIVED: Readonly<Record<string, number>> = {
  "llama2-70b h100-80gb 8 512 1 128 prefill": 0.62,
  "llama2-70b h100-80gb 8 512 1 128 decode": 90.3,
  "llama2-70b h100-80gb 8 512 64 128 decode": 2.37,
  "llama2-70b a100-80gb 8 512 1 128 prefill": 0.598,
  "llama2-70b a100-80gb 8 512 1 128 decode": 89.8,
  "llama2-70b a100-80gb 8 512 64 128 decode": 2.23,
};
const DERIVED_TOLERANCE = 5e-3;

/** Measured latencies at published phase powers: prefill on one group of GPUs, decode on another. */
export const splitwise: Oracle = {
  name: "Splitwise",
  source: "published phase power x measured latency, per request of a batch",
  rows: (joiner) => {
    const table = readTable("splitwise/perf_model.csv");
    if (table === undefined) return undefined;
    const groups = new Map<string, Readonly<Record<string, string>>[]>();
    for (const row of table) {
      if (WATTS[row["hardware"] ?? ""] === undefined) continue;
      const key = [
        "model",
        "hardware",
        "tensor_parallel",
        "prompt_size",
        "batch_size",
        "token_size",
      ]
        .map((name) => row[name])
        .join(" ");
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    return [...groups].flatMap(([key, rows]) => disaggregated(joiner, key, rows));
  },
};

function disaggregated(
  joiner: Joiner,
  name: string,
  rows: readonly Readonly<Record<string, string>>[],
): OracleRow[] {
  // Energy is linear in time: the mean run costs the mean of the runs.
  const mean = (column: string): number =>
    rows.reduce((sum, row) => sum + Number(row[column]), 0) / rows.length;
  const first = rows[0] ?? {};
  const { idle, prompt, token } = WATTS[first["hardware"] ?? ""] ?? {
    idle: 0,
    prompt: 0,
    token: 0,
  };
  const batch = Number(first["batch_size"]);
  const tokens = Number(first["token_size"]) - 1;
  const parallel = Number(first["tensor_parallel"]);
  const prefillSeconds = mean("prompt_time") / 1e3;
  const decodeSeconds = (mean("token_time") / 1e3) * tokens;
  const began = 0.537;
  const moved = began + prefillSeconds;
  const done = moved + decodeSeconds;
  const gpusOf = (role: string): string[] =>
    Array.from({ length: parallel }, (_, i) => `${role}-${i}`);
  const pools = [
    { ids: gpusOf("prefill"), from: began, to: moved, watts: prompt },
    { ids: gpusOf("decode"), from: moved, to: done, watts: token },
  ];
  const steps = Math.ceil(done / METER_SECONDS) + 2;
  const energyAt = joinScene(
    joiner,
    {
      options: { idlePolicy: "included" },
      devices: pools.flatMap(({ ids }) =>
        ids.map((id) => ({ id, idleWatts: idle, maxWatts: prompt })),
      ),
      counters: pools.flatMap(({ ids, from, to, watts }) =>
        ids.flatMap((id) =>
          Array.from({ length: steps + 1 }, (_, i) => {
            const seconds = i * METER_SECONDS;
            const busy = Math.max(0, Math.min(seconds, to) - from);
            return [id, seconds, 11 + seconds * idle + busy * (watts - idle)] as const;
          }),
        ),
      ),
      works: pools.flatMap(({ ids, from, to }, decode) =>
        Array.from({ length: batch }, () => ({
          from,
          to,
          weight: joiner.weigh(
            decode ? "decode" : "prefill",
            decode ? tokens : Number(first["prompt_size"]),
            to - from,
            "priced",
            8,
          ).weight,
          on: ids,
        })),
      ),
    },
    58.3,
  );
  const perRequest = (watts: number, seconds: number): number =>
    (watts * parallel * seconds) / batch;
  const figures = [
    {
      phase: "prefill",
      pool: perRequest(prompt, prefillSeconds),
      ours: joulesOf(energyAt, 0),
      per: Number(first["prompt_size"]),
    },
    {
      phase: "decode",
      pool: perRequest(token, decodeSeconds),
      ours: joulesOf(energyAt, batch),
      per: tokens,
    },
  ];
  return figures.flatMap(({ phase, pool, ours, per }) => {
    const row = {
      name: `${name} ${phase}`,
      unit: "J",
      tolerance: TOLERANCE,
      expected: pool,
      actual: ours,
    };
    const expected = DERIVED[row.name];
    if (expected === undefined) return [row];
    return [
      row,
      {
        name: row.name,
        unit: "J/token",
        tolerance: DERIVED_TOLERANCE,
        expected,
        actual: ours / per,
      },
    ];
  });
}
