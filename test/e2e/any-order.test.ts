import type { PipelineOptions, Summary } from "@wattspan/gateway";
import { describe, expect, it } from "vitest";
import { enginePipeline } from "../engine-pipeline.ts";
import { recordingNames } from "../read-recordings.ts";
import { delaySteps, finalFigures, play } from "./any-order/play.ts";
import { createRandom } from "./any-order/random.ts";
import { stepsOfBodies, stepsOfRecording } from "./any-order/recordings.ts";
import { cutScene, makeScene, REQUESTS, type Step, sceneOptions } from "./any-order/scene.ts";
import { bodyOf, shapes } from "./any-order/shapes.ts";
import { expectTold } from "./expect-told.ts";

/** How many orders each of the two kinds of input is played in: 1,000 take half an hour. */
const SHUFFLES = Number(process.env["WATTSPAN_SHUFFLES"] ?? 12);
const TIMEOUT_MS = 60_000 + SHUFFLES * 30_000;

/** Plays the steps as they came, then in many orders; all must end in the same figures, to the last bit. */
function expectOneSummary(options: PipelineOptions, cuts: readonly (readonly Step[])[]): Summary {
  const [asItCame = []] = cuts;
  const { summary } = play(
    options,
    [...asItCame].sort((a, b) => a.atMs - b.atMs),
  );
  const expected = finalFigures(summary);
  for (let seed = 1; seed <= SHUFFLES; seed++) {
    const random = createRandom(seed);
    const steps = delaySteps(cuts[seed % cuts.length] ?? [], random);
    const played = play(options, steps);
    expectTold(played.output, played.summary, options.nodes);
    const figures = finalFigures(played.summary);
    if (figures === expected) continue;
    let at = 0;
    while (figures[at] === expected[at]) at++;
    const around = (text: string): string => text.slice(Math.max(0, at - 300), at + 60);
    expect.fail(`seed ${seed} gives other figures:\n${around(figures)}\nnot\n${around(expected)}`);
  }
  return summary;
}

function expectBalance(summary: Summary): void {
  for (const device of summary.devices) {
    const parts = device.attributedJoules + device.idleJoules + device.unattributedJoules;
    expect(Math.abs(device.meteredJoules - parts)).toBeLessThanOrEqual(1e-9 * device.meteredJoules);
  }
}

it(
  `${REQUESTS} requests on 8 devices: ${SHUFFLES} orders and delays give the same bytes`,
  () => {
    const scene = makeScene(createRandom(1));
    const cuts = [1, 2, 3].map((seed) => cutScene(scene, createRandom(seed)));
    const summary = expectOneSummary(sceneOptions, cuts);
    expectBalance(summary);

    // The scene has what it is meant to have, or the orders above prove little.
    expect(summary.requests.length).toBe(REQUESTS);
    const phases = summary.requests.flatMap((request) => request.phases);
    const count = (is: (phase: (typeof phases)[number]) => boolean): number =>
      phases.filter(is).length;
    expect(count((phase) => phase.status === "measured")).toBeGreaterThan(300);
    expect(count((phase) => phase.reason === "sampled")).toBeGreaterThan(50);
    expect(count((phase) => phase.reason === "gap")).toBeGreaterThan(50);
    expect(count((phase) => phase.reason === "queueing")).toBeGreaterThan(50);
    expect(count((phase) => (phase.devices?.length ?? 0) > 1)).toBeGreaterThan(100);
    // Energy that crosses factors has a mean and no factor of its own.
    expect(
      count((phase) => phase.gramsPerKwh !== undefined && phase.dataStatus === undefined),
    ).toBeGreaterThan(50);
    expect(summary.fleet.map(({ zone }) => zone)).toEqual(["ZONE-B", "ZONE-C"]);
    for (const { decode } of summary.fleet) expect(decode.joules).toBeGreaterThan(1000);
    expect(summary.devices).toHaveLength(8);
    expect(summary.devices.filter((device) => device.coverage < 0.9).length).toBeGreaterThan(1);
    expect(new Set(summary.devices.map((device) => device.node)).size).toBe(3);
  },
  TIMEOUT_MS,
);

describe("recordings of real engines", () => {
  it.each(recordingNames)(
    `%s: ${SHUFFLES} orders and delays give the same bytes`,
    (name) => {
      const waits = { lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 };
      expectBalance(expectOneSummary(enginePipeline(waits), [stepsOfRecording(name)]));
    },
    TIMEOUT_MS,
  );
});

describe("what was not recorded, as the sources say", () => {
  it.each(Object.entries(shapes))(
    `%s: ${SHUFFLES} orders and delays give the same bytes`,
    (_, spans) => {
      const waits = { lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 };
      const steps = stepsOfBodies([bodyOf(spans)], "json");
      const summary = expectOneSummary(enginePipeline(waits), [steps]);
      expectBalance(summary);
      const charged = summary.requests
        .flatMap((request) => request.phases)
        .filter(({ phase }) => phase !== "kv_transfer");
      expect(charged.map(({ phase }) => phase).sort()).toEqual(["decode", "prefill"]);
      for (const { energyJoules } of charged) expect(energyJoules).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
