import { afterEach, expect, it } from "vitest";
import { createFanOut } from "./fan-out.ts";
import {
  countedSeries,
  startBackend,
  startExporter,
  stopAll,
  withStatus,
} from "./start-backend.test.fixture.ts";

afterEach(stopAll);

const body = Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{},{}]}]}]}');

it("sends everything to every backend", async () => {
  const [one, two] = [await startBackend(), await startBackend()];
  const exporters = [
    startExporter({ name: "one", endpoint: one.url }),
    startExporter({ name: "two", endpoint: two.url, headers: { "x-tenant": "b" } }),
  ];
  const { telemetry } = startExporter({ name: "none", endpoint: one.url });
  const emit = createFanOut(
    exporters.map(({ exporter }) => exporter),
    telemetry,
  );
  expect(emit("traces", "json", body)).toBe(true);
  for (const { exporter } of exporters) expect(await exporter.flush(2000)).toBe(true);
  expect(one.requests.map((request) => request.body)).toEqual([String(body)]);
  expect(two.requests.map((request) => request.body)).toEqual([String(body)]);
  expect(one.requests[0]?.headers["x-tenant"]).toBeUndefined();
  expect(two.requests[0]?.headers["x-tenant"]).toBe("b");
});

it("stops for a full queue, unless its backend may lose data", async () => {
  const [dead, alive] = [await startBackend(withStatus(503)), await startBackend()];
  const queue = { maxItems: 1 };
  const needed = startExporter({ name: "needed", endpoint: dead.url, queue });
  const lossy = startExporter({ name: "lossy", endpoint: dead.url, queue, dropsWhenFull: true });
  const other = startExporter({ name: "other", endpoint: alive.url });

  const withNeeded = createFanOut([needed.exporter, other.exporter], needed.telemetry);
  expect(withNeeded("traces", "json", body)).toBe(true);
  expect(withNeeded("traces", "json", body)).toBe(false);
  await other.exporter.flush(2000);
  expect(alive.requests).toHaveLength(1);

  const withLossy = createFanOut([lossy.exporter, other.exporter], lossy.telemetry);
  expect(withLossy("traces", "json", body)).toBe(true);
  expect(withLossy("traces", "json", body)).toBe(true);
  await other.exporter.flush(2000);
  expect(alive.requests).toHaveLength(3);
  expect(await countedSeries(lossy.telemetry)).toContain(
    'dropped_items_total{signal="traces",reason="queue_full",backend="lossy"} 2',
  );
});

it("says when no backend will take it any more, those that may lose it included", async () => {
  const dead = await startBackend(withStatus(503));
  const alive = await startBackend();
  const lossy = startExporter({
    name: "lossy",
    endpoint: dead.url,
    queue: { maxItems: 1 },
    dropsWhenFull: true,
  });
  const other = startExporter({ name: "other", endpoint: alive.url });
  const emit = createFanOut([lossy.exporter, other.exporter], lossy.telemetry);
  const settled: string[] = [];
  emit("traces", "json", body, undefined, () => settled.push("first"));
  emit("traces", "json", body, undefined, () => settled.push("second"));
  expect(await other.exporter.flush(2000)).toBe(true);
  // The lossy backend is still tried with the first one, and had no room for the second.
  expect(settled).toEqual(["second"]);
  createFanOut([], lossy.telemetry)("traces", "json", body, undefined, () => settled.push("none"));
  expect(settled).toEqual(["second", "none"]);
});
