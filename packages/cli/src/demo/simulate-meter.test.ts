import { expect, it } from "vitest";
import { H100_PREFILL, simulateMeter } from "./simulate-meter.ts";

const ms = (value: number): bigint => BigInt(value) * 1_000_000n;
const window = (from: number, to: number) => ({ startUnixNano: ms(from), endUnixNano: ms(to) });

it("draws idle power all along and phase power while busy, overlapping work once", () => {
  const readings = simulateMeter(
    "n/a",
    H100_PREFILL,
    [window(300, 500), window(400, 700)],
    window(0, 1000),
  );
  expect(readings).toHaveLength(11);
  const drawn = (readings.at(-1)?.value ?? 0) - (readings[0]?.value ?? 0);
  expect(drawn).toBeCloseTo(75 * 1 + 625 * 0.4, 9);
  expect(readings.every(({ kind, modelled }) => kind === "counter" && modelled === true)).toBe(
    true,
  );
});
