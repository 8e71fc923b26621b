import { hostJoulesOf } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { noteTrace, recallPhases, recallSpan, recallTrace } from "./recall-trace.ts";
import { saidFootprint } from "./said-footprint.ts";
import {
  createTraceRecord,
  type SentPhase,
  type TracedPhase,
  type WaitingSpan,
} from "./trace-record.ts";

const traced = { staged: { id: "00000000000000a1" } } as TracedPhase;
const beside = { engine: { spanId: "e1" } } as WaitingSpan;

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

const spanOf = (spanId: string): WaitingSpan => ({ engine: { spanId } }) as WaitingSpan;

it("goes on beside the span that a phase was told beside, and beside another until that came again", () => {
  const record = createTraceRecord("t", 0);
  record.left = spanOf("e1");
  for (const id of ["e1", "e2"]) record.spans.set(id, spanOf(id).engine);
  record.sent.set(traced.staged.id, {
    spanId: "b1",
    traced,
    footprint: saidFootprint({ status: "measured", pue: 1, energyJoules: 100 }),
    beside: spanOf("e2"),
    state: "final",
    revision: 0,
  });
  const note = noteTrace(record);
  const taken = createTraceRecord("t", 0);
  recallTrace(taken, note);
  expect(noteTrace(taken)).toEqual(note);
  expect(recallSpan(taken, spanOf("e3"))).toBe(false);
  expect(recallSpan(taken, spanOf("e1"))).toBe(true);
  taken.phases = [traced];
  recallPhases(taken);
  expect(taken.sent.get(traced.staged.id)?.beside).toEqual(spanOf("e1"));
  expect(recallSpan(taken, spanOf("e2"))).toBe(true);
  recallPhases(taken);
  expect(taken.sent.get(traced.staged.id)?.beside).toEqual(spanOf("e2"));
  expect(taken.left).toEqual(spanOf("e1"));
});
