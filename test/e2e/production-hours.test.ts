import { createStaticIntensity } from "@wattspan/sources";
import { describe, expect, it } from "vitest";
import { type Arrival, readAzure, readMooncake } from "../traffic/arrivals.ts";
import { fleetPipeline, singleWorkers } from "../traffic/fleet.ts";
import { playHour } from "../traffic/play-hour.ts";

// The beginning of each production hour; `npm run bench -- production-hours` plays them whole.
const MINUTES = 8;

const hours: readonly (readonly [string, readonly Arrival[] | undefined])[] = [
  ["Azure code", readAzure("code")],
  ["Azure conversation", readAzure("conv")],
  ["Mooncake conversation", readMooncake()],
];

describe.each(hours)("%s", (_name, hour) => {
  const isAbsent = hour === undefined;
  const why = isAbsent ? " (skipped: the trace is not beside the project)" : "";
  it.skipIf(isAbsent)(
    `restates fewer than 5 % of phases and balances to 1e-9${why}`,
    {
      timeout: 120_000,
    },
    () => {
      const arrivals = (hour ?? []).filter(({ atMs }) => atMs < MINUTES * 60_000);
      const options = fleetPipeline(singleWorkers, createStaticIntensity());
      const played = playHour(arrivals, singleWorkers, options);
      expect(played.requests).toBeGreaterThan(300);
      expect(played.phases).toBeGreaterThan(played.requests);
      expect(played.restated).toBeLessThan(0.05 * played.phases);
      expect(played.summary.requests.length).toBe(played.requests);
      for (const device of played.summary.devices) {
        const parts = device.attributedJoules + device.idleJoules + device.unattributedJoules;
        expect(Math.abs(device.meteredJoules - parts)).toBeLessThan(1e-9 * device.meteredJoules);
      }
      const statuses = new Set(
        played.summary.requests.flatMap(({ phases }) => phases.map(({ status }) => status)),
      );
      // Dynamo's plain spans include queueing, so no window is known whole; no figure is missing.
      expect([...statuses]).toEqual(["partial"]);
    },
  );
});
