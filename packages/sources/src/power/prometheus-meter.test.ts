import { type DeviceReading, elapsedNs, type Instant } from "@wattspan/footprint";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { dcgm } from "./dcgm.ts";
import { kepler } from "./kepler.ts";
import type { PlacedReading } from "./meter-table.ts";
import { createPrometheusMeter, queryUrl } from "./prometheus-meter.ts";
import { readMatrix } from "./read-matrix.ts";
import { createRecordedSink } from "./recorded-sink.test.fixture.ts";
import { serveText, type TextServer } from "./serve-text.test.fixture.ts";

const ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION";
const BASE = 29_000_000 * 60;

let server: TextServer | undefined;
afterEach(() => server?.close());

type Placed = DeviceReading & Partial<PlacedReading>;
type Values = readonly (readonly [seconds: number, value: string])[];

function matrix(...series: readonly { metric: Record<string, string>; values: Values }[]): string {
  const result = series.map(({ metric, values }) => ({
    metric,
    values: values.map(([seconds, value]) => [BASE + seconds, value]),
  }));
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result } });
}

async function readings(...answers: readonly string[]): Promise<readonly Placed[]> {
  let next = 0;
  server = await serveText(() => answers[Math.min(next++, answers.length - 1)]);
  const meter = createPrometheusMeter({ endpoint: server.url, intervalMs: 3_600_000 });
  const sink = createRecordedSink();
  meter.start(sink);
  for (const _ of answers) await meter.flush();
  await meter.shutdown();
  return sink.readings as readonly Placed[];
}

const secondsOf = (at: Instant | undefined): number =>
  at === undefined ? Number.NaN : elapsedNs({ epoch: 29_000_000, ns: 0 }, at) / 1e9;

describe("createPrometheusMeter", () => {
  it("asks for raw samples by a range selector, never for a range of steps", () => {
    const url = new URL(queryUrl("http://prometheus:9090/", [dcgm], 120_000, 'job="dcgm"'));
    expect(url.pathname).toBe("/api/v1/query");
    expect(url.searchParams.get("query")).toMatch(
      new RegExp(`^\\{__name__=~"${ENERGY}\\|.*",job="dcgm"\\}\\[120s\\]$`),
    );
    expect([...url.searchParams.keys()]).toEqual(["query"]);
  });

  it("asks for the last two minutes, then from its last answer on", async () => {
    await readings(matrix({ metric: { __name__: ENERGY, UUID: "a" }, values: [[1, "1"]] }));
    const asked = (server?.targets ?? []).map((target) =>
      new URL(target, "http://x").searchParams.get("query")?.replace(/^.*\[/, "["),
    );
    expect(asked[0]).toBe("[120s]");
  });

  it("reads samples at the server's times, each with the range that a cache leaves, once", async () => {
    const metric = {
      __name__: ENERGY,
      UUID: "GPU-a",
      hostname: "node-a",
      instance: "10.0.0.7:9400",
    };
    const first: Values = [
      [10, "1000"],
      [25, "1000"],
      [40.5, "9000"],
    ];
    const found = await readings(
      matrix({ metric, values: first }),
      matrix({ metric, values: [...first.slice(1), [55, "12000"]] }),
    );
    expect(
      found.map(({ value, at, earliest }) => [value, secondsOf(earliest), secondsOf(at)]),
    ).toEqual([
      [1, -20, 10],
      [9, 25, 40.5],
      [12, 40.5, 55],
    ]);
    expect(found[0]).toMatchObject({
      id: "GPU-a",
      kind: "counter",
      scope: "gpu",
      table: "dcgm",
      nodeNames: ["node-a", "10.0.0.7"],
    });
  });

  it("reduces the MIG instances of one scrape", async () => {
    const instance = (
      id: string,
      value: string,
    ): { metric: Record<string, string>; values: Values } => ({
      metric: { __name__: ENERGY, UUID: "GPU-a", GPU_I_ID: id, hostname: "n" },
      values: [
        [10, value],
        [40, "5000"],
      ],
    });
    const found = await readings(
      matrix(
        ...["1", "2", "3", "4", "5", "6", "7"].map((id) => instance(id, `${1000 + Number(id)}`)),
      ),
    );
    expect(found.map(({ value }) => value)).toEqual([1007 * 1e-3, 5]);
  });

  it("reads the exporter's own labels where the server moved them", async () => {
    const metric = {
      __name__: "kepler_node_gpu_watts",
      gpu_uuid: "GPU-a",
      node_name: "scraper",
      exported_node_name: "node-a",
    };
    const [found] = await readings(matrix({ metric, values: [[1, "70"]] }));
    expect(found).toMatchObject({ table: kepler.type, nodeNames: ["node-a"], value: 70 });
  });

  it.each([
    ["<html>", "its answer is no JSON"],
    [
      '{"status":"error","errorType":"bad_data","error":"parse error"}',
      "it says bad_data: parse error",
    ],
    ['{"status":"success","data":{"resultType":"vector","result":[]}}', "its answer is no matrix"],
    [matrix(), "it has no known metric of a meter"],
  ])("is lost where the answer is %s", async (answer, reason) => {
    server = await serveText(() => answer);
    const meter = createPrometheusMeter({ endpoint: server.url });
    const sink = createRecordedSink();
    meter.start(sink);
    await meter.flush();
    await meter.shutdown();
    expect(sink.states).toEqual([`lost: ${server.url}: ${reason}`]);
  });
});

it("never throws on any JSON", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const wrapped = `{"status":"success","data":{"resultType":"matrix","result":[${text},{"metric":${text},"values":${text}}]}}`;
      expect(readMatrix(text)).toHaveProperty("failure");
      expect(readMatrix(wrapped)).toEqual({ samples: [] });
    }),
  );
});
