import { Counter, Gauge, Registry } from "prom-client";
import { expect, it } from "vitest";
import { convertRegistry } from "./convert-registry.ts";

it("gives counters and gauges, and leaves out what has no value", async () => {
  const registry = new Registry();
  const registers = [registry];
  const items = new Counter({
    name: "wattspan_received_items_total",
    help: "Items.",
    labelNames: ["signal"],
    registers,
  });
  items.inc({ signal: "traces" }, 3);
  items.inc({ signal: "logs" }, 0.5);
  new Gauge({ name: "wattspan_held_bytes", help: "Held.", registers }).set(7);
  new Counter({ name: "a_total", help: "None.", labelNames: ["b"], registers });
  const { scope, metrics } = await convertRegistry(registry, 1_500, 2_250);
  expect(scope.name).toBe("wattspan.gateway");
  const times = { startTime: [1, 500_000_000], endTime: [2, 250_000_000] };
  expect(metrics).toMatchObject([
    {
      descriptor: { name: "wattspan.received.items", description: "Items.", unit: "" },
      isMonotonic: true,
      dataPoints: [
        { ...times, attributes: { signal: "traces" }, value: 3 },
        { ...times, attributes: { signal: "logs" }, value: 0.5 },
      ],
    },
    {
      descriptor: { name: "wattspan.held.bytes", unit: "By" },
      dataPoints: [{ attributes: {}, value: 7 }],
    },
  ]);
});
