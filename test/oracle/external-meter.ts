import { joinScene, joulesOf, type SceneWork } from "./join-scene.ts";
import { type Joiner, type Oracle, type OracleRow, readTable } from "./oracle-row.ts";

/** Integrals over the load window that the recordings' note states, J. */
const RUNS = [
  { run: "a100_5050", meterJoules: 1024.7, sensorJoules: 1024.9 },
  { run: "a100_step", meterJoules: 1580.3, sensorJoules: 1492.8 },
] as const;
/** The card's sensor reads 5.5 % low in steady state. */
const GAIN_ERROR = 0.06;

/** An A100 whose own readings were recorded beside an external power meter at 4.9 kHz. */
export const externalMeter: Oracle = {
  name: "GPU power benchmark",
  source:
    "A100 beside an external meter: both integrals, on and off phases, meter inside our bounds",
  rows: (joiner) => {
    const found = RUNS.map((one) => rowsOf(joiner, one));
    return found.some((rows) => rows === undefined)
      ? undefined
      : found.flatMap((rows) => rows ?? []);
  },
};

function rowsOf(
  joiner: Joiner,
  { run, meterJoules, sensorJoules }: (typeof RUNS)[number],
): OracleRow[] | undefined {
  const edges = readColumns(run, "load_edges", "epoch_ms")?.map(([ms]) => ms as number);
  const sensor = readColumns(run, "nvidia_smi_epoch", "epoch_ms", "power_draw_w");
  const meter = readColumns(run, "power_meter_1ms", "epoch_ms", "w");
  if (edges === undefined || sensor === undefined || meter === undefined) return undefined;
  const [first = 0, last = 0] = [edges[0], edges[edges.length - 1]];
  const from = Math.floor(first) - 2000;
  const seconds = (ms: number): number => (ms - from) / 1e3;
  const whole: SceneWork = { from: seconds(first), to: seconds(last), weight: 1 };
  const bySensor = joinScene(joiner, {
    powers: sensor.map(([ms = 0, watts = 0]) => ["a", seconds(ms), watts] as const),
    works: [whole],
    options: { gainError: GAIN_ERROR },
  });
  let joules = 0;
  const counted = meter.map(([ms = 0, watts = 0]) => {
    joules += watts / 1e3;
    return ["a", seconds(ms + 1), joules] as const;
  });
  const switched = edges
    .slice(1)
    .map((to, i): SceneWork => ({ from: seconds(edges[i] as number), to: seconds(to), weight: 1 }));
  const byMeter = (works: readonly SceneWork[]) =>
    joinScene(joiner, { counters: counted, works }, 51.5);
  const bySwitch = byMeter(switched);
  const energy = bySensor(0);
  const row = (name: string, expected: number, actual: number, tolerance: number): OracleRow => ({
    name: `${run} ${name}`,
    unit: "J",
    expected,
    actual,
    tolerance,
  });
  const parts = [0, 1].map((parity) => {
    const expected = switched.map((work, i) =>
      i % 2 === parity ? sumMeter(meter, work, from) : 0,
    );
    const actual = switched.map((_, i) => (i % 2 === parity ? joulesOf(bySwitch, i) : 0));
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    return row(parity === 0 ? "load on" : "load off", sum(expected), sum(actual), 1e-3);
  });
  const held = Math.min(
    Math.max(meterJoules, energy?.lowerJoules ?? Number.NaN),
    energy?.upperJoules ?? Number.NaN,
  );
  return [
    row("sensor integral", sensorJoules, energy?.energyJoules ?? Number.NaN, 1e-3),
    row("meter integral", meterJoules, joulesOf(byMeter([whole]), 0), 1e-3),
    ...parts,
    row("meter within the sensor's bounds", meterJoules, held, 0),
  ];
}

/** Joules of the meter's 1 ms bins over a stretch, edges in proportion: plain sums, for comparison. */
function sumMeter(meter: readonly (readonly number[])[], work: SceneWork, fromMs: number): number {
  const [start, end] = [fromMs + work.from * 1e3, fromMs + work.to * 1e3];
  return meter.reduce((sum, [ms = 0, watts = 0]) => {
    const overlap = Math.min(end, ms + 1) - Math.max(start, ms);
    return overlap > 0 ? sum + (watts * overlap) / 1e3 : sum;
  }, 0);
}

function readColumns(
  run: string,
  table: string,
  ...columns: readonly string[]
): number[][] | undefined {
  return readTable(`gpu-power-benchmark/${run}_${table}.csv`)?.map((row) =>
    columns.map((column) => Number(row[column])),
  );
}
