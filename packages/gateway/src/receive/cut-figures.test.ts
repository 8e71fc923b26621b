import { attributesOf, createTraceScanner, type Encoding, encodeTraces } from "@wattspan/otlp";
import { describe, expect, it } from "vitest";
import { meterAt500W, phaseOf, requestOf, startPipeline, T0 } from "../pipeline.test.fixture.ts";
import { createFigureCutter } from "./cut-figures.ts";

const claims = {
  "footprint.energy.total": 1.5,
  "footprint.energy.anything": 2.5,
  "footprint.carbon.total": 0.5,
  "footprint.request.energy": 1.5,
  "footprint.trace.energy": 1.5,
};
const others = { "footprint.inference.phase": "decode", "footprint.energies": 1.5, a: "b" };

const keysIn = (body: Uint8Array, encoding: Encoding = "json"): string[][] => {
  const table = createTraceScanner({ names: [], keys: [] }).scan(body, encoding);
  return Array.from({ length: table.count }, (_, i) => [...attributesOf(table, i).keys()]);
};

describe("createFigureCutter", () => {
  const cut = createFigureCutter();

  it("takes figures off every span, whatever they are, and leaves all else", () => {
    const body = requestOf([
      { id: "1", attributes: { ...claims, ...others } },
      { id: "2", attributes: { a: "b" } },
    ]);
    expect(keysIn(cut("json", body).body)).toEqual([Object.keys(others), ["a"]]);
  });

  it("gives a request without figures back as it is", () => {
    const body = requestOf([
      { id: "1", attributes: { ...others, note: "footprint.energy.total" } },
    ]);
    expect(cut("json", body).body).toBe(body);
  });

  it("gives back a request that ends within the name of a figure", () => {
    const body = Buffer.from("footprint.ener");
    expect(cut("protobuf", body).body).toBe(body);
  });

  it("is not fooled by an escaped key", () => {
    const text = Buffer.from(requestOf([{ id: "1", attributes: claims }])).toString();
    const body = Buffer.from(text.replaceAll("footprint", "f\\u006fotprint"));
    expect(keysIn(cut("json", body).body)).toEqual([[]]);
  });

  it("says which spans were lost while it wrote the request anew", () => {
    const text = Buffer.from(requestOf([{ id: "1", attributes: claims }, { id: "2" }])).toString();
    const given = Buffer.from(text.replace("2".repeat(16), "0".repeat(16)));
    const { body, rejected } = cut("json", given);
    expect([keysIn(body), rejected]).toEqual([[[]], [expect.stringContaining("span")]]);
  });
});

describe("a pipeline", () => {
  const spans = [
    { id: "1", name: "chat", attributes: { "footprint.request.energy": 9.5 } },
    { id: "2", parent: "1", attributes: phaseOf("decode", 10, { "footprint.energy.total": 9.5 }) },
  ];
  const ours = [{ id: "3", trace: "b", attributes: phaseOf("decode", 30) }];

  function play(isTrusted: boolean) {
    const { pipeline, sent } = startPipeline({ isTrusted });
    pipeline.addReadings(meterAt500W(0, 12));
    pipeline.accept("traces", "json", requestOf(spans));
    pipeline.accept("traces", "json", requestOf(ours));
    pipeline.finish(T0 + 60_000);
    const attributeOf = (id: string, key: string): unknown =>
      sent.find((span) => span.id === id)?.attributes.get(key);
    return { attributeOf, summary: pipeline.summary() };
  }

  it("measures what a sender that is not trusted claims", () => {
    const { attributeOf, summary } = play(false);
    // 10 of 40 tokens of 4,000 J dynamic energy, at a PUE of 2.
    expect(attributeOf("2", "footprint.energy.total")).toBeCloseTo(2000, 6);
    expect(attributeOf("1", "footprint.request.energy")).toBeCloseTo(2000, 6);
    expect(attributeOf("3", "footprint.energy.total")).toBeCloseTo(6000, 6);
    expect(summary.requests).toHaveLength(2);
  });

  it("counts a trusted sender's phase as load and keeps its figures", () => {
    const { attributeOf, summary } = play(true);
    expect(attributeOf("2", "footprint.energy.total")).toBe(9.5);
    expect(attributeOf("1", "footprint.request.energy")).toBe(9.5);
    expect(attributeOf("1", "footprint.measurement.status")).toBeUndefined();
    expect(attributeOf("3", "footprint.energy.total")).toBeCloseTo(6000, 6);
    expect(summary.totals.attributedJoules).toBeCloseTo(4000, 6);
  });

  it("rolls up no request of which it knows only a part", () => {
    const { pipeline, sent } = startPipeline({ isTrusted: true });
    pipeline.addReadings(meterAt500W(0, 12));
    const mixed = [
      { id: "1", name: "chat" },
      { id: "2", parent: "1", attributes: phaseOf("decode", 9, { "footprint.energy.total": 9.5 }) },
      { id: "3", parent: "1", attributes: phaseOf("prefill", 9) },
    ];
    pipeline.accept("traces", "json", requestOf(mixed));
    pipeline.finish(T0 + 60_000);
    const root = sent.find(({ id }) => id === "1")?.attributes;
    expect(root?.get("footprint.measurement.status")).toBe("partial");
    expect(root?.has("footprint.request.energy")).toBe(false);
  });
});

it("cuts protobuf too", () => {
  const nothing = new Uint8Array(0);
  const envelope = { encoding: "protobuf", resourceBytes: nothing, scopeBytes: nothing } as const;
  const [request] = encodeTraces([
    {
      create: {
        traceId: "a".repeat(32),
        spanId: "1".repeat(16),
        parentSpanId: "",
        name: "decode",
        kind: 1,
        startUnixNano: 1n,
        endUnixNano: 2n,
        attributes: Object.entries({ ...claims, ...others }).map(([key, value]) => ({
          key,
          value,
        })),
      },
      beside: { encoding: "protobuf", bytes: nothing, envelope },
      scope: { name: "s", version: "1", schemaUrl: "" },
    },
  ]);
  const { body } = createFigureCutter()("protobuf", request?.body ?? nothing);
  expect(keysIn(body, "protobuf")).toEqual([Object.keys(others)]);
});
