import { expect, it } from "vitest";
import { createTelemetry } from "../telemetry.ts";
import { observeKafka } from "./observe-kafka.ts";
import type { Role } from "./start-role.ts";

const roleOf = (workers: ReadonlyMap<number, object>): Role<never> => ({
  workers: workers as ReadonlyMap<number, never>,
  tick: () => undefined,
  shutdown: async () => undefined,
});

it("shows which partitions a process works on, what they hold and whom they do not wait for", async () => {
  const traces = new Map<number, object>([[2, { task: { stage: { heldBytes: 1200 } } }]]);
  const devices = new Map<number, object>([
    [0, { silentCount: 3 }],
    [1, { silentCount: 0 }],
  ]);
  const telemetry = createTelemetry();
  observeKafka(telemetry, roleOf(traces), roleOf(devices));
  const read = async (): Promise<readonly string[]> =>
    (await telemetry.render()).match(/^wattspan_kafka_.*/gm) ?? [];
  expect(await read()).toEqual([
    'wattspan_kafka_partitions{role="trace"} 1',
    'wattspan_kafka_partitions{role="device"} 2',
    'wattspan_kafka_held_bytes{partition="2"} 1200',
    'wattspan_kafka_silent_partitions{partition="0"} 3',
    'wattspan_kafka_silent_partitions{partition="1"} 0',
  ]);
  devices.delete(1);
  // Taken up, and not at work yet.
  traces.set(3, { task: undefined });
  expect(await read()).toEqual([
    'wattspan_kafka_partitions{role="trace"} 2',
    'wattspan_kafka_partitions{role="device"} 1',
    'wattspan_kafka_held_bytes{partition="2"} 1200',
    'wattspan_kafka_held_bytes{partition="3"} 0',
    'wattspan_kafka_silent_partitions{partition="0"} 3',
  ]);
});
