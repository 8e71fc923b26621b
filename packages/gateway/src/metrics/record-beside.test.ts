import { addNs, type IntensitySource, instantOfMs } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { factorOf, oneDevice, T0 } from "../pipeline.test.fixture.ts";
import { createPipeline } from "../pipeline.ts";
import type { NodeOptions, PipelineOptions } from "../pipeline-options.ts";
import { createFootprintMetrics } from "./footprint-metrics.ts";

/** 100 g/kWh, a value that a provider measured. */
const intensity: IntensitySource = {
  name: "even",
  factorAt: (zone) =>
    factorOf(zone, 100, {
      id: "even",
      from: instantOfMs(T0 - 3_600_000),
      to: instantOfMs(T0 + 3_600_000),
      tier: "measured",
      provider: "even",
    }),
};
const node: NodeOptions = {
  name: "node-a",
  aliases: [],
  zone: "FR",
  pue: 1.2,
  market: { gramsPerKwh: 12, instrument: "PPA" },
  ghgScope: 3.1,
  price: { currency: "EUR", perKwh: 0.09 },
  devices: [{ id: "GPU-1", maxWatts: 700, embodiedKg: { lower: 100, central: 200, upper: 300 } }],
};

/** A decode of ten seconds at 300 W, told as metrics and as a span. */
async function play(
  nodes: readonly NodeOptions[],
  attributes: PipelineOptions["attributes"],
): Promise<{ values: ReadonlyMap<string, [number, string]>; span: string }> {
  const options: PipelineOptions = {
    ...oneDevice,
    nodes,
    workers: [],
    intensity,
    join: { ...oneDevice.join, lingerMs: 0, holdMs: 1000, exportDelayMs: 0 },
    attributes,
    dimensions: new Map(),
  };
  const sent: string[] = [];
  let nowMs = T0 + 12_000;
  const pipeline = createPipeline(
    options,
    (signal, _, body) => {
      if (signal === "traces") sent.push(Buffer.from(body).toString());
      return true;
    },
    () => nowMs,
    { onFinal: (phase) => metrics.onFinal(phase) },
  );
  const metrics = createFootprintMetrics(options, () => ({
    balances: () => [],
    deviceKinds: new Map(),
    fleet: () => [],
    nodes,
  }));
  for (let second = -1; second <= 11; second++) {
    const at = addNs(instantOfMs(T0), second * 1e9);
    pipeline.addReadings([{ device: "node-a/GPU-1", kind: "counter", value: 300 * second, at }]);
  }
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    name: "decode",
    startTimeUnixNano: `${T0}000000`,
    endTimeUnixNano: `${T0 + 10_000}000000`,
    attributes: [
      text("footprint.inference.phase", "decode"),
      { key: "footprint.inference.processed_tokens", value: { intValue: 10 } },
    ],
  };
  const resource = { attributes: [text("host.name", "node-a")] };
  const body = { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
  pipeline.accept("traces", "json", Buffer.from(JSON.stringify(body)));
  nowMs += 60_000;
  pipeline.tick(nowMs);
  const page = await metrics.render();
  const values = [...page.matchAll(/^(footprint_inference_\w+)\{(.*)\} (\S+)(?: \d+)?$/gm)].map(
    ([, name = "", labels = "", value]) => [name, [Number(value), labels]] as const,
  );
  return { values: new Map(values as [string, [number, string]][]), span: sent.join("") };
}

it("records each figure beside in a counter of its own, with what it rests on", async () => {
  const { values } = await play([node], "standard");
  const kilowattHours = (3000 * 1.2) / 3.6e6;
  const of = (name: string): number =>
    [...values].find(([key]) => key.startsWith(`footprint_inference_${name}`))?.[1][0] ?? NaN;
  expect(of("carbon_sum")).toBeCloseTo(kilowattHours * 100, 12);
  expect(of("market_carbon")).toBeCloseTo(kilowattHours * 12, 12);
  expect(of("cost")).toBeCloseTo(kilowattHours * 0.09, 12);
  // 200 kg over four Julian years, ten seconds of which.
  expect(of("embodied_carbon")).toBeCloseTo((200_000 * 10) / (4 * 31_557_600), 12);
  // A measured value of the method: x 0.64 to x 1.45; the joules of a counter read at both ends are certain.
  expect(of("carbon_lower")).toBeCloseTo(kilowattHours * 64, 9);
  expect(of("carbon_upper")).toBeCloseTo(kilowattHours * 145, 9);
  const labels = (name: string): string =>
    [...values].find(([key]) => key.startsWith(`footprint_inference_${name}`))?.[1][1] ?? "";
  expect(labels("market_carbon")).toContain('footprint_market_instrument="PPA"');
  expect(labels("market_carbon")).toContain('footprint_ghg_scope="3.1"');
  expect(labels("cost")).toContain('footprint_cost_currency="EUR"');
  expect(labels("carbon_sum")).toContain('footprint_ghg_scope="3.1"');
});

it("counts each machine's electricity in its own scope", async () => {
  const { ghgScope: _, ...unscoped } = node;
  const scopesOf = async (one: NodeOptions): Promise<readonly (string | undefined)[]> => {
    const { values } = await play([one], "standard");
    const told = [...values].filter(([name]) => /_(carbon_sum|market_carbon)/.test(name));
    return told.map(([, [, labels]]) => /footprint_ghg_scope="(.*?)"/.exec(labels)?.[1]);
  };
  expect(await scopesOf(node)).toEqual(["3.1", "3.1"]);
  expect(await scopesOf({ ...node, ghgScope: 2 })).toEqual(["2", "2"]);
  expect(await scopesOf(unscoped)).toEqual([undefined, undefined]);
});

it("records nothing of what is not known", async () => {
  const { devices, name, aliases } = node;
  const bare = { name, aliases, devices: devices.map(({ embodiedKg: _, ...device }) => device) };
  const { values } = await play([bare], "standard");
  const names = [...values.keys()].join(" ");
  expect(names).toContain("footprint_inference_energy");
  expect(names).not.toMatch(/carbon|cost/);
});

it("has nothing of a contract that ended before", async () => {
  const ended = { gramsPerKwh: 12, instrument: "PPA", validToUnixNano: BigInt(T0) * 1_000_000n };
  const { values } = await play([{ ...node, market: ended }], "standard");
  const names = [...values.keys()].join(" ");
  expect(names).not.toContain("market_carbon");
  expect(names).toContain("embodied_carbon");
});

it("puts the embodied share on spans at full detail only, and into their total", async () => {
  const doubleIn = (span: string, key: string): number | undefined => {
    const found = new RegExp(`"${key}","value":\\{"doubleValue":([^}]+)\\}`).exec(span);
    return found?.[1] === undefined ? undefined : Number(found[1]);
  };
  const { span: standard } = await play([node], "standard");
  const { span: full } = await play([node], "full");
  const operational = doubleIn(full, "footprint.carbon.operational") ?? NaN;
  const embodied = doubleIn(full, "footprint.carbon.embodied") ?? NaN;
  expect(operational).toBeCloseTo(0.1, 12);
  expect(embodied).toBeCloseTo((200_000 * 10) / (4 * 31_557_600), 12);
  expect(doubleIn(full, "footprint.carbon.total")).toBeCloseTo(operational + embodied, 12);
  expect(doubleIn(standard, "footprint.carbon.embodied")).toBeUndefined();
  expect(doubleIn(standard, "footprint.carbon.total")).toBeCloseTo(0.1, 12);
});
