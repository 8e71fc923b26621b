import { attributesOf, createTraceScanner, nameOf, spanIdOf, traceIdOf } from "@wattspan/otlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  meterAt500W,
  oneDevice,
  phaseOf,
  requestOf,
  type SpanDraft,
  T0,
} from "../pipeline.test.fixture.ts";
import { createPipeline, type Pipeline, type PipelineJournal } from "../pipeline.ts";
import type { TraceNote } from "../trace/recall-trace.ts";
import { saidFootprint } from "../trace/said-footprint.ts";
import { decodeSiteWord, encodeSiteWord, isSiteWord } from "./fragment-spans.ts";
import { createSiteExchange, type SiteExchange } from "./site-exchange.ts";

const traceId = fc.stringMatching(/^[1-9a-f][0-9a-f]{31}$/);
const id = fc.stringMatching(/^[1-9a-f][0-9a-f]{15}$/);
const joules = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
const footprint = fc
  .record({ energyJoules: joules, lowerJoules: joules, upperJoules: joules, gramsCo2e: joules })
  .map((figures) => saidFootprint({ status: "measured", pue: 1.2, ...figures }));
const fragment = fc.record({
  traceId,
  topmost: fc.record({
    startUnixNano: fc.bigInt({ min: 1n, max: 2n ** 63n }),
    parentSpanId: fc.oneof(fc.constant(""), id),
  }),
  phases: fc.uniqueArray(fc.record({ id, requestId: fc.string({ minLength: 1 }), footprint }), {
    selector: (phase) => phase.id,
  }),
});
const word = fc.record({
  site: fc.string({ minLength: 1, maxLength: 20 }),
  fragments: fc.uniqueArray(fragment, { selector: (one) => one.traceId }),
  toldUnixNano: fc.bigInt({ min: 0n, max: 2n ** 63n }),
});

describe("what sites tell each other", () => {
  it("is read as it was written, to the last bit", () => {
    fc.assert(
      fc.property(word, (given) => {
        const body = encodeSiteWord(given);
        expect(isSiteWord(body)).toBe(true);
        expect(decodeSiteWord(body)).toEqual(given);
      }),
    );
  });

  it("is told from what senders send", () => {
    const spans = requestOf([{ id: "1", name: "wattspan", attributes: phaseOf("decode", 10) }]);
    expect(isSiteWord(spans)).toBe(false);
    expect(isSiteWord(new Uint8Array(0))).toBe(false);
  });

  it("tells the host's part apart from the accelerators'", () => {
    const said = { status: "measured", pue: 1.2, energyJoules: 100, hostJoules: 40 } as const;
    const phase = { id: "b".repeat(16), requestId: "r", footprint: saidFootprint(said) };
    const topmost = { startUnixNano: 1n, parentSpanId: "" };
    const fragments = [{ traceId: "a".repeat(32), topmost, phases: [phase] }];
    const body = encodeSiteWord({ site: "s", fragments, toldUnixNano: 2n });
    const table = createTraceScanner({ names: [], keys: [] }).scan(body, "protobuf");
    expect(attributesOf(table, 0).get("footprint.energy.accelerator")).toBe(60);
    expect(decodeSiteWord(body)?.fragments).toEqual(fragments);
  });
});

const HOLD_MS = 30_000;

/** A journal in memory. */
function createJournal() {
  const told = new Map<string, TraceNote>();
  let kept: { atMs: number; giveBack(to: Pipeline): void }[] = [];
  return {
    kept(...[signal, encoding, body, atMs]: Parameters<PipelineJournal["kept"]>) {
      kept.push({ atMs, giveBack: (to) => void to.accept(signal, encoding, body, true) });
    },
    keptReadings(...[readings, atMs]: Parameters<PipelineJournal["keptReadings"]>) {
      kept.push({ atMs, giveBack: (to) => to.addReadings(readings) });
    },
    told: (note: TraceNote) => void told.set(note.traceId, JSON.parse(JSON.stringify(note))),
    recall: (id: string) => told.get(id),
    forget: (id: string) => void told.delete(id),
    /** What was kept, which is kept again as it is given back. */
    take() {
      const before = kept;
      kept = [];
      return before;
    },
  };
}

/** Sites of virtual time, each with one device of 500 W, that hear each other at once. */
function startSites(names: readonly string[]) {
  const clock = { nowMs: T0 };
  const sent: { site: string; span: string; attributes: ReadonlyMap<string, unknown> }[] = [];
  const exchanges = new Map<string, SiteExchange>();
  const down = new Set<string>();
  const scanner = createTraceScanner({ names: [], keys: [] });
  const pipelines = new Map<string, Pipeline>();
  const journals = new Map(names.map((site) => [site, createJournal()]));

  function start(site: string): void {
    const exchange = createSiteExchange(
      {
        name: site,
        peers: names.filter((other) => other !== site),
        silentAfterMs: HOLD_MS,
        parentWaitMs: 12_000,
        send(body) {
          if (down.has(site)) return;
          for (const other of names) {
            if (other !== site) pipelines.get(other)?.accept("traces", "protobuf", body);
          }
        },
      },
      T0,
    );
    exchanges.set(site, exchange);
    const node = {
      ...oneDevice.nodes[0],
      name: `node-${site}`,
      devices: oneDevice.nodes[0]?.devices ?? [],
    };
    const pipeline = createPipeline(
      {
        ...oneDevice,
        join: { ...oneDevice.join, holdMs: HOLD_MS },
        nodes: [{ ...node, aliases: [] }],
        workers: [{ match: new Map([["service.name", "worker"]]), node: `node-${site}` }],
      },
      (signal, encoding, body) => {
        if (signal !== "traces") return true;
        const table = scanner.scan(body, encoding);
        for (let i = 0; i < table.count; i++) {
          const span = `${traceIdOf(table, i).slice(0, 1)}${spanIdOf(table, i).slice(0, 1)} ${nameOf(table, i)}`;
          sent.push({ site, span, attributes: attributesOf(table, i) });
        }
        return true;
      },
      () => clock.nowMs,
      {},
      { sites: exchange, journal: journals.get(site) },
    );
    pipelines.set(site, pipeline);
  }

  for (const site of names) {
    start(site);
    pipelines.get(site)?.addReadings(meterAt500W(0, 60, { device: `node-${site}/GPU-1` }));
  }
  return {
    sent,
    /** Ends the process of a site, and starts it again from what its journal has. */
    restart(site: string) {
      start(site);
      const { nowMs } = clock;
      for (const { atMs, giveBack } of journals.get(site)?.take() ?? []) {
        clock.nowMs = atMs;
        giveBack(pipelines.get(site) as Pipeline);
      }
      clock.nowMs = nowMs;
    },
    down,
    accept: (site: string, spans: readonly SpanDraft[]) =>
      pipelines.get(site)?.accept("traces", "json", requestOf(spans)),
    runTo(second: number) {
      for (; clock.nowMs <= T0 + second * 1000; clock.nowMs += 500) {
        for (const pipeline of pipelines.values()) pipeline.tick(clock.nowMs);
      }
    },
    exchanges,
  };
}

const root: SpanDraft = { id: "1", name: "generate", toMs: 9000 };
const prefill: SpanDraft = {
  id: "2",
  parent: "1",
  name: "prefill",
  fromMs: 100,
  toMs: 3000,
  attributes: phaseOf("prefill", 100),
};
const second: SpanDraft = { ...prefill, id: "3", fromMs: 1000, toMs: 3500 };
const decode: SpanDraft = {
  id: "4",
  parent: "1",
  name: "decode",
  fromMs: 3500,
  toMs: 8900,
  attributes: phaseOf("decode", 50),
};

const totalsOf = (sent: ReturnType<typeof startSites>["sent"]) =>
  sent.filter(({ attributes }) => attributes.has("footprint.request.energy"));
const sumOf = (sent: ReturnType<typeof startSites>["sent"], key: string): number =>
  sent.reduce((sum, { attributes }) => sum + Number(attributes.get(key) ?? 0), 0);

describe("a trace over three sites", () => {
  it.each([
    ["abc", "a"],
    ["cba", "a"],
    ["bca", "a"],
    ["abc", "c"],
    ["cab", "b"],
  ])("is rolled up once, where its topmost span is (%s, at %s)", (order, top) => {
    const { sent, accept, runTo } = startSites(["a", "b", "c"]);
    const [left = "", right = ""] = ["a", "b", "c"].filter((site) => site !== top);
    const parts: Record<string, readonly SpanDraft[]> = {
      [top]: [root, prefill],
      [left]: [second],
      [right]: [decode],
    };
    for (const site of order) accept(site, parts[site] ?? []);
    // No site is waited for as long as a silent one.
    runTo(HOLD_MS / 1000 - 3);
    expect(totalsOf(sent)).toHaveLength(1);
    runTo(60);
    const totals = totalsOf(sent);
    expect(totals.map(({ site, span }) => `${site} ${span}`)).toEqual([`${top} a1 generate`]);
    const total = Number(totals[0]?.attributes.get("footprint.request.energy"));
    expect(total).toBeGreaterThan(0);
    expect(total).toBeCloseTo(sumOf(sent, "footprint.energy.total"), 6);
    expect(sent.filter(({ span }) => span.includes("restatement"))).toEqual([]);
    expect(sent).toHaveLength(4);
  });

  it("waits for what the others say of its own time, not of an earlier trace's", () => {
    const { sent, accept, runTo } = startSites(["a", "b"]);
    accept("a", [root, prefill]);
    accept("b", [decode]);
    runTo(25);
    expect(totalsOf(sent)).toHaveLength(1);
    const later = (draft: SpanDraft): SpanDraft => {
      const { fromMs = 0, toMs = 0 } = draft;
      return { ...draft, trace: "b", fromMs: fromMs + 20_000, toMs: toMs + 20_000 };
    };
    runTo(29);
    accept("a", [later(root), later(prefill)]);
    runTo(31);
    accept("b", [later(decode)]);
    runTo(60);
    expect(totalsOf(sent).map(({ span }) => span)).toEqual(["a1 generate", "b1 generate"]);
    expect(sumOf(totalsOf(sent), "footprint.request.energy")).toBeCloseTo(
      sumOf(sent, "footprint.energy.total"),
      6,
    );
  });

  it("keeps its total when the site that told it starts again", () => {
    const { sent, accept, runTo, restart } = startSites(["a", "b", "c"]);
    accept("a", [root, prefill]);
    accept("b", [second]);
    accept("c", [decode]);
    runTo(40);
    restart("a");
    runTo(120);
    expect(totalsOf(sent).map(({ site, span }) => `${site} ${span}`)).toEqual(["a a1 generate"]);
    expect(sent.filter(({ span }) => span.includes("restatement"))).toEqual([]);
    expect(sent).toHaveLength(4);
  });

  it("does not wait for a silent site beyond the hold, and is corrected when it speaks again", () => {
    const { sent, accept, runTo, down, exchanges } = startSites(["a", "b", "c"]);
    down.add("c");
    accept("a", [root, prefill]);
    accept("b", [second]);
    accept("c", [decode]);
    runTo(45);
    const early = totalsOf(sent.filter(({ site }) => site === "a"));
    expect(early).toHaveLength(1);
    expect(exchanges.get("a")?.silentAt(T0 + 45_000)).toEqual(["c"]);
    down.delete("c");
    accept("c", [{ ...decode, id: "5", toMs: 8950 }]);
    runTo(120);
    const all = totalsOf(sent.filter(({ site }) => site === "a"));
    expect(all.map(({ span }) => span).slice(1)).toEqual([expect.stringContaining("restatement")]);
    const meant = sumOf(sent, "footprint.energy.total");
    expect(sumOf(all, "footprint.request.energy")).toBeCloseTo(meant, 6);
  });
});
