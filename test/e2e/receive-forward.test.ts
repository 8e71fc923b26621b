import {
  type Accept,
  createHttpReceiver,
  createLog,
  createOtlpHttpExporter,
  createTelemetry,
  type HttpReceiver,
  type OtlpHttpExporter,
  type Telemetry,
  type Verdict,
} from "@wattspan/gateway";
import { afterEach, expect, it } from "vitest";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startReceiver(accept: Accept): Promise<HttpReceiver> {
  const receiver = await createHttpReceiver({
    endpoint: { host: "127.0.0.1", port: 0 },
    accept,
    telemetry: createTelemetry(),
    log: createLog({ write: () => {} }),
  });
  closing.push(() => receiver.shutdown(0));
  return receiver;
}

function startExporter(
  port: number,
  maxItems: number,
): { exporter: OtlpHttpExporter; telemetry: Telemetry } {
  const telemetry = createTelemetry();
  const exporter = createOtlpHttpExporter({
    name: "backend",
    endpoint: `http://127.0.0.1:${port}`,
    queue: { maxItems },
    retry: { initialDelayMs: 10, maxDelayMs: 20 },
    telemetry,
    log: createLog({ write: () => {} }),
  });
  closing.push(() => exporter.shutdown(0));
  return { exporter, telemetry };
}

const full: Verdict = { status: "refused", reason: "busy", message: "the queue is full" };
const taken: Verdict = { status: "accepted", rejected: 0 };

it("forwards byte for byte, and holds its senders back while its backend is busy", async () => {
  const arrived: string[] = [];
  let isBusy = true;
  const backend = await startReceiver((signal, encoding, body) => {
    if (isBusy) return full;
    arrived.push(`${signal} ${encoding} ${Buffer.from(body)}`);
    return taken;
  });
  const { exporter, telemetry } = startExporter(backend.address.port, 5);
  const gateway = await startReceiver((signal, encoding, body) =>
    exporter.offer(signal, encoding, body, 1) ? taken : full,
  );
  const send = (name: string): Promise<number> =>
    fetch(`http://127.0.0.1:${gateway.address.port}/v1/traces`, {
      method: "POST",
      body: name,
      headers: { "content-type": "application/json" },
    }).then((response) => response.status);

  const statuses = [];
  for (let i = 0; i < 8; i += 1) statuses.push(await send(`span ${i}`));
  expect(statuses).toEqual([200, 200, 200, 200, 200, 503, 503, 503]);
  isBusy = false;
  expect(await exporter.flush(5000)).toBe(true);
  expect(await send("span 5")).toBe(200);
  expect(await exporter.flush(5000)).toBe(true);
  expect(arrived.sort()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `traces json span ${i}`));
  expect(await telemetry.render()).toContain(
    'wattspan_forwarded_items_total{signal="traces",backend="backend"} 6',
  );
});

it("counts what its backend takes only in part", async () => {
  const backend = await startReceiver(() => ({
    status: "accepted",
    rejected: 3,
    message: "bad ids",
  }));
  const { exporter, telemetry } = startExporter(backend.address.port, 5);
  exporter.offer("traces", "protobuf", Buffer.from("a"), 10);
  exporter.offer("metrics", "json", Buffer.from("b"), 10);
  expect(await exporter.flush(5000)).toBe(true);
  const page = await telemetry.render();
  for (const signal of ["traces", "metrics"]) {
    expect(page).toContain(
      `wattspan_forwarded_items_total{signal="${signal}",backend="backend"} 7`,
    );
    expect(page).toContain(
      `wattspan_dropped_items_total{signal="${signal}",reason="backend_refused_partly",backend="backend"} 3`,
    );
  }
});
