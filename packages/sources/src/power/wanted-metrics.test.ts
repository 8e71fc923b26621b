import { expect, it } from "vitest";
import { dcgm } from "./dcgm.ts";
import type { MeterTable } from "./meter-table.ts";
import { wantedMetrics } from "./wanted-metrics.ts";

it("names what each table reads, and no more", () => {
  const { activity: _, ...table } = dcgm;
  const one: MeterTable = { ...table, metrics: dcgm.metrics.slice(0, 1) };
  const [first = ""] = dcgm.metrics.map(({ metric }) => metric);
  expect([...wantedMetrics([one])]).toEqual([first]);
  expect([...wantedMetrics([one, dcgm])].sort()).toEqual(
    [...dcgm.metrics.map(({ metric }) => metric), "DCGM_FI_PROF_GR_ENGINE_ACTIVE"].sort(),
  );
  expect(wantedMetrics([]).size).toBe(0);
});
