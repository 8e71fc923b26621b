import { expect, it } from "vitest";
import { createTelemetry } from "./telemetry.ts";

it("renders what was counted, by label", async () => {
  const telemetry = createTelemetry();
  telemetry.requests.add({ signal: "traces", transport: "http", outcome: "accepted" });
  telemetry.requests.add({ signal: "traces", transport: "http", outcome: "accepted" });
  telemetry.droppedItems.add({ signal: "logs", reason: "shutdown", backend: "a" }, 5);
  telemetry.droppedItems.add({ signal: "logs", reason: "failed" }, 2);
  telemetry
    .counter<{ status: string }>("wattspan_joined_spans_total", "Spans.", ["status"])
    .add({ status: "measured" });
  const lines = (await telemetry.render()).split("\n");
  expect(lines).toContain(
    'wattspan_requests_total{signal="traces",transport="http",outcome="accepted"} 2',
  );
  expect(lines).toContain(
    'wattspan_dropped_items_total{signal="logs",reason="shutdown",backend="a"} 5',
  );
  expect(lines).toContain('wattspan_dropped_items_total{signal="logs",reason="failed"} 2');
  expect(lines).toContain('wattspan_joined_spans_total{status="measured"} 1');
  expect(telemetry.contentType).toMatch(/^text\/plain/);
});

it("reads queues when it renders", async () => {
  const telemetry = createTelemetry();
  let bytes = 1;
  telemetry.observeQueue("tempo", () => ({ bytes, requests: 2 }));
  expect(await telemetry.render()).toContain('wattspan_export_queue_bytes{backend="tempo"} 1\n');
  bytes = 7;
  const page = await telemetry.render();
  expect(page).toContain('wattspan_export_queue_bytes{backend="tempo"} 7\n');
  expect(page).toContain('wattspan_export_queue_requests{backend="tempo"} 2\n');
});

it("keeps registries apart, and adds the process only where wanted", async () => {
  const [first, second] = [createTelemetry(), createTelemetry({ processMetrics: true })];
  first.retries.add({ signal: "traces", backend: "a", reason: "timeout" });
  const page = await second.render();
  expect(page).not.toContain('reason="timeout"');
  expect(page).toContain("process_resident_memory_bytes");
  expect(await first.render()).not.toContain("process_resident_memory_bytes");
});
