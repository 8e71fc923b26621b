import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import {
  countedSeries,
  inTurn,
  startBackend,
  startExporter,
  stopAll,
  withStatus,
} from "./start-backend.test.fixture.ts";

afterEach(stopAll);

const span = Buffer.from("span bytes");

describe("a backend that fails", () => {
  it("is tried again when it hangs up, answers no HTTP, or never answers", async () => {
    const backend = await startBackend(
      inTurn(
        (response) => response.destroy(),
        (response) => void response.socket?.end("garbage\r\n\r\n"),
        () => {},
      ),
    );
    const { exporter, telemetry } = startExporter({ endpoint: backend.url, timeoutMs: 150 });
    exporter.offer("traces", "protobuf", span);
    expect(await exporter.flush(3000)).toBe(true);
    expect(backend.requests).toHaveLength(4);
    expect(await countedSeries(telemetry)).toEqual([
      'forwarded_requests_total{signal="traces",backend="tempo"} 1',
      'export_retries_total{signal="traces",backend="tempo",reason="connection"} 2',
      'export_retries_total{signal="traces",backend="tempo",reason="timeout"} 1',
    ]);
  });

  it("is given up after the time for retries, and counted", async () => {
    const backend = await startBackend(withStatus(503));
    const { exporter, telemetry, lines } = startExporter({
      endpoint: backend.url,
      retry: { maxElapsedMs: 100 },
    });
    exporter.offer("traces", "protobuf", span, 4);
    expect(await exporter.flush(2000)).toBe(true);
    expect(await countedSeries(telemetry)).toContain(
      'dropped_items_total{signal="traces",reason="retries_exhausted",backend="tempo"} 4',
    );
    expect(lines.join("")).toMatch(/WARN backend takes no data.*\n.*ERROR data dropped/);
  });

  it("may be down and come up: nothing is lost, and two lines say so", async () => {
    const port = await freePort();
    const { exporter, telemetry, lines } = startExporter({
      endpoint: `http://127.0.0.1:${port}`,
      downAfterMs: 50,
    });
    for (let i = 0; i < 20; i += 1)
      exporter.offer("traces", "protobuf", Buffer.from(`span ${i}`), 1);
    expect(exporter.isDown()).toBe(false);
    await expect.poll(() => exporter.isDown()).toBe(true);
    expect(await exporter.flush(50)).toBe(false);
    const backend = await startBackend(withStatus(200), port);
    expect(await exporter.flush(2000)).toBe(true);
    expect(exporter.isDown()).toBe(false);
    expect(new Set(backend.requests.map((each) => each.body)).size).toBe(20);
    expect(await countedSeries(telemetry)).toContain(
      'forwarded_items_total{signal="traces",backend="tempo"} 20',
    );
    expect(lines.map((line) => line.split(" ").slice(1, 6).join(" "))).toEqual([
      "WARN backend takes no data",
      "INFO backend takes data again",
    ]);
  });

  it("may close idle connections at any time", async () => {
    const backend = await startBackend((response) => {
      response.shouldKeepAlive = true;
      response.end();
      setTimeout(() => response.socket?.resetAndDestroy(), 1);
    });
    const { exporter, telemetry } = startExporter({ endpoint: backend.url });
    for (let i = 0; i < 40; i += 1) {
      exporter.offer("traces", "protobuf", span);
      await sleep(i % 4);
    }
    expect(await exporter.flush(3000)).toBe(true);
    expect(await countedSeries(telemetry)).toContain(
      'forwarded_requests_total{signal="traces",backend="tempo"} 40',
    );
  });
});

describe("a full queue", () => {
  it("takes nothing more until there is room, by bytes", async () => {
    const held: (() => void)[] = [];
    const backend = await startBackend((response) => void held.push(() => response.end()));
    const { exporter, telemetry, lines } = startExporter({
      endpoint: backend.url,
      queue: { maxBytes: 20 },
      concurrency: 1,
    });
    const offer = (): boolean => exporter.offer("traces", "protobuf", span);
    expect([offer(), offer(), offer(), offer()]).toEqual([true, true, false, false]);
    expect([exporter.saturation(), exporter.isFull()]).toEqual([1, true]);
    expect(lines).toHaveLength(1);
    expect(await countedSeries(telemetry)).toEqual([
      'export_queue_bytes{backend="tempo"} 20',
      'export_queue_requests{backend="tempo"} 2',
    ]);
    await expect.poll(() => held.length).toBe(1);
    held.shift()?.();
    await expect.poll(offer).toBe(true);
    await expect.poll(() => held.length).toBe(1);
    held.shift()?.();
    await expect.poll(() => held.length).toBe(1);
    held.shift()?.();
    expect(await exporter.flush(1000)).toBe(true);
    expect(exporter.saturation()).toBe(0);
  });

  it("takes nothing more by number, and a body of any size while not full", async () => {
    const backend = await startBackend(() => {});
    const { exporter } = startExporter({
      endpoint: backend.url,
      queue: { maxBytes: 25 },
    });
    expect(exporter.offer("traces", "protobuf", Buffer.alloc(24))).toBe(true);
    expect(exporter.isFull()).toBe(false);
    expect(exporter.offer("traces", "protobuf", Buffer.alloc(100))).toBe(true);
    expect(exporter.isFull()).toBe(true);
    expect(exporter.offer("traces", "protobuf", Buffer.alloc(1))).toBe(false);
    const byNumber = startExporter({ endpoint: backend.url, queue: { maxItems: 2 } }).exporter;
    const taken = [1, 2, 3].map(() => byNumber.offer("traces", "protobuf", span));
    expect(taken).toEqual([true, true, false]);
    expect(byNumber.isFull()).toBe(true);
  });
});

describe("life", () => {
  it("shuts down twice, unused, and takes nothing afterwards", async () => {
    const { exporter } = startExporter({ endpoint: "http://127.0.0.1:1" });
    const first = exporter.shutdown(1000);
    expect(exporter.shutdown(0)).toBe(first);
    expect(await first).toEqual({ undelivered: 0 });
    expect([exporter.isFull(), exporter.offer("traces", "protobuf", span)]).toEqual([true, false]);
    expect(await exporter.flush(10)).toBe(true);
  });

  it("delivers what it has before it ends", async () => {
    const backend = await startBackend((response) => void setTimeout(() => response.end(), 30));
    const { exporter } = startExporter({ endpoint: backend.url, concurrency: 2 });
    for (let i = 0; i < 6; i += 1) exporter.offer("traces", "protobuf", span);
    expect(await exporter.shutdown(2000)).toEqual({ undelivered: 0 });
    expect(backend.requests).toHaveLength(6);
  });

  it("ends a backoff to try once more before it ends", async () => {
    const backend = await startBackend(inTurn(withStatus(503)));
    const { exporter } = startExporter({
      endpoint: backend.url,
      retry: { initialDelayMs: 60_000, maxDelayMs: 60_000 },
    });
    exporter.offer("traces", "protobuf", span);
    await expect.poll(() => backend.requests.length).toBe(1);
    await sleep(30);
    expect(await exporter.shutdown(1000)).toEqual({ undelivered: 0 });
    expect(backend.requests).toHaveLength(2);
  });

  it("counts what it could not deliver in time", async () => {
    const backend = await startBackend(() => {});
    const { exporter, telemetry, lines } = startExporter({ endpoint: backend.url, concurrency: 2 });
    for (let i = 0; i < 5; i += 1) exporter.offer("traces", "protobuf", span, 10);
    const startedMs = performance.now();
    expect(await exporter.shutdown(100)).toEqual({ undelivered: 5 });
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(await countedSeries(telemetry)).toEqual([
      'dropped_items_total{signal="traces",reason="shutdown",backend="tempo"} 50',
      'dropped_requests_total{signal="traces",reason="shutdown",backend="tempo"} 5',
    ]);
    expect(lines.join("")).toMatch(/ERROR data dropped/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
