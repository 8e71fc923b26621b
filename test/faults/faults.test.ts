import { expect, it } from "vitest";
import { fullDisk, whyNoSmallDisk } from "./full-disk.ts";
import { killGateway } from "./kill-gateway.ts";
import { mutateBodies } from "./mutate-bodies.ts";
import { outage } from "./outage.ts";

// Small counts of what `npm run faults` does in full; real gateways in processes of their own.

const LONG_MS = 120_000;
const silent = (): void => undefined;
const noDisk = whyNoSmallDisk();

it(
  "loses nothing to kill -9, tells nothing twice but what was on the wire, and gives the same joules",
  async () => {
    const report = await killGateway(3, 1, silent);
    expect(report).toMatchObject({ missingSpans: 0, differingSpans: 0, wrongPhases: 0 });
    expect(report.phases).toBeGreaterThan(20);
    expect(report.joules).toBe(report.undisturbedJoules);
    expect(report.repeatedRequests).toBeLessThanOrEqual(report.inFlightAtKills);
  },
  LONG_MS,
);

it(
  "keeps what a backend does not take, and gives it all once it does",
  async () => {
    const report = await outage(15, 1);
    expect(report).toMatchObject({ missingSpans: 0, repeatedRequests: 0 });
    expect(report.sentSpans).toBe(15 * 1008);
    expect(report.refusedAttempts).toBeGreaterThan(3);
  },
  LONG_MS,
);

it(
  "answers broken requests as OTLP says, and goes on",
  async () => {
    const report = await mutateBodies(3000, 1);
    expect(report).toMatchObject({ wrongAnswers: 0, refusedGood: 0, failed: 0, isAlive: true });
    expect(report.bodies).toBe(3000);
  },
  LONG_MS,
);

const good = { missingSpans: 0, otherAnswers: 0, refusedWithoutTime: 0, isAlive: true };

it(
  "tells senders to wait while the spool has no room",
  async () => {
    const report = await fullDisk("max_size");
    expect(report).toMatchObject(good);
    expect(Math.min(report.refused, report.acknowledgedAfter)).toBeGreaterThan(0);
  },
  LONG_MS,
);

it.skipIf(noDisk !== undefined)(
  `tells senders to wait while the disk has no room${noDisk === undefined ? "" : `: ${noDisk}`}`,
  async () => {
    const report = await fullDisk("disk");
    expect(report).toMatchObject(good);
    expect(Math.min(report.refused, report.acknowledgedAfter)).toBeGreaterThan(0);
  },
  LONG_MS,
);
