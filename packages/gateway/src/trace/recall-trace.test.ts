import { hostJoulesOf } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { noteTrace, recallPhases, recallTrace } from "./recall-trace.ts";
import { saidFootprint } from "./said-footprint.ts";
import {
  createTraceRecord,
  type SentPhase,
  type TracedPhase,
  type WaitingSpan,
} from "./trace-record.ts";

const traced = { staged: { id: "00000000000000a1" } } as TracedPhase;
const beside = {} as WaitingSpan;

it("hands over the host's joules and embodied grams, of which only differences may be told again", () => {
  const sent: SentPhase = {
    spanId: "b1",
    traced,
    footprint: saidFootprint({
      status: "measured",
      pue: 1.2,
      energyJoules: 100,
      gramsCo2e: 3,
      embodiedGrams: 2,
      hostJoules: 40,
    }),
    beside,
    state: "final",
    revision: 1,
  };
  const record = createTraceRecord("t", 0);
  record.sent.set(traced.staged.id, sent);
  const taken = createTraceRecord("t", 0);
  recallTrace(taken, JSON.parse(JSON.stringify(noteTrace(record))));
  taken.phases = [traced];
  taken.left = beside;
  recallPhases(taken);
  const { footprint } = taken.sent.get(traced.staged.id) as SentPhase;
  expect(footprint).toMatchObject({
    gramsCo2e: 3,
    embodiedGrams: 2,
    energy: { energyJoules: 100 },
  });
  expect(footprint.energy && hostJoulesOf(footprint.energy)).toBe(40);
});
