import { describe, expect, it } from "vitest";
import {
  meterAt500W,
  phaseOf,
  requestOf,
  type SpanDraft,
  startPipeline,
  T0,
} from "../pipeline.test.fixture.ts";
import { MAX_DIMENSION_KEYS } from "./note-dimensions.ts";

const phase = phaseOf("decode", 10);

/** Tenants of the phase spans that leave, by the digit of their id; each draft is a request of its own. */
function tenantsOf(
  drafts: readonly SpanDraft[],
  dimensions: ReadonlyMap<string, readonly string[]> = new Map([["tenant", ["tenant.id", "user"]]]),
) {
  const { pipeline, sent } = startPipeline({ dimensions });
  pipeline.addReadings(meterAt500W(0, 12));
  for (const draft of drafts) pipeline.accept("traces", "json", requestOf([draft]));
  pipeline.finish(T0 + 60_000);
  return new Map(
    sent
      .filter(({ attributes }) => attributes.has("footprint.energy.total"))
      .map(({ id, attributes }) => [id, attributes.get("tenant")]),
  );
}

describe("a dimension", () => {
  it.each([
    ["the phase's own span", [{ id: "1", attributes: { ...phase, "tenant.id": "acme" } }]],
    [
      "a span above it",
      [
        { id: "2", name: "http-request", attributes: { "tenant.id": "acme" } },
        { id: "1", parent: "2", attributes: phase },
      ],
    ],
    [
      "a span beside it",
      [
        { id: "2", name: "http-request" },
        { id: "3", parent: "2", name: "llm_request", attributes: { "tenant.id": "acme" } },
        { id: "1", parent: "2", attributes: phase },
      ],
    ],
    [
      "a span that no dialect knows",
      [
        { id: "2", name: "POST /chat", attributes: { "tenant.id": "acme" } },
        { id: "1", parent: "2", attributes: phase },
      ],
    ],
    ["the key's place in baggage", [{ id: "1", attributes: { ...phase, "baggage.user": "acme" } }]],
    [
      "a captured baggage header",
      [
        {
          id: "2",
          attributes: { "http.request.header.baggage": ["a=b;p, user = ac%6De ;x=y", "=,%"] },
        },
        { id: "1", parent: "2", attributes: phase },
      ],
    ],
  ])("is read from %s, whatever came first", (_, drafts: readonly SpanDraft[]) => {
    expect(tenantsOf(drafts).get("1")).toBe("acme");
    expect(tenantsOf(drafts.toReversed()).get("1")).toBe("acme");
  });

  it("is its request's where requests of one trace differ", () => {
    const drafts = [
      { id: "1", name: "http-request", attributes: { "tenant.id": "acme" } },
      { id: "2", parent: "1", attributes: phase },
      { id: "3", name: "http-request", attributes: { "tenant.id": "rival" } },
      { id: "4", parent: "3", attributes: phase },
      { id: "5", name: "http-request" },
      { id: "6", parent: "5", attributes: phase },
    ];
    const tenants = new Map([
      ["2", "acme"],
      ["4", "rival"],
      ["6", undefined],
    ]);
    expect(tenantsOf(drafts)).toEqual(tenants);
    expect(tenantsOf(drafts.toReversed())).toEqual(tenants);
  });

  it("is the earliest span's where spans that are not held differ", () => {
    const drafts = [
      { id: "1", attributes: phase },
      { id: "2", fromMs: 5, attributes: { "tenant.id": "late" } },
      { id: "3", fromMs: 4, attributes: { user: "early" } },
    ];
    expect(tenantsOf(drafts).get("1")).toBe("early");
    expect(tenantsOf(drafts.toReversed()).get("1")).toBe("early");
  });

  it("has at most 1,000 values, then it is other", () => {
    const dimensions = new Map([["tenant", ["tenant.id"]]]);
    const { pipeline, sent } = startPipeline({ dimensions });
    const ids = Array.from({ length: 1001 }, (_, i) => i);
    for (const i of ids) {
      const text = Buffer.from(
        requestOf([{ id: "1", attributes: { ...phase, "tenant.id": `t${i}` } }]),
      ).toString();
      const trace = (i + 1).toString(16).padStart(32, "0");
      pipeline.accept("traces", "json", Buffer.from(text.replace("a".repeat(32), trace)));
    }
    pipeline.finish(T0 + 60_000);
    const values = sent.map(({ attributes }) => attributes.get("tenant"));
    expect(new Set(values).size).toBe(1001);
    expect(values.filter((value) => value === "other")).toHaveLength(1);
  });
});

it("has room for as many keys as it says", () => {
  const keys = Array.from({ length: MAX_DIMENSION_KEYS + 1 }, (_, i) => `key.${i}`);
  const start = (length: number) =>
    startPipeline({ dimensions: new Map([["tenant", keys.slice(0, length)]]) });
  expect(() => start(MAX_DIMENSION_KEYS)).not.toThrow();
  expect(() => start(MAX_DIMENSION_KEYS + 1)).toThrow(RangeError);
});
