import type { Telemetry } from "../telemetry.ts";
import type { DeviceWorker } from "./device-worker.ts";
import type { Role } from "./start-role.ts";
import type { TraceWorker } from "./trace-worker.ts";

/** Shows at `/metrics` which partitions this process works on, and whom its devices do not wait for. */
export function observeKafka(
  telemetry: Telemetry,
  traces: Role<TraceWorker> | undefined,
  devices: Role<DeviceWorker> | undefined,
): void {
  const roles = { trace: traces, device: devices };
  telemetry.observeValues(
    "wattspan_kafka_partitions",
    "Partitions that this process works on, by role.",
    ["role"],
    () => Object.entries(roles).map(([name, role]) => [{ role: name }, role?.workers.size ?? 0]),
  );
  telemetry.observeValues(
    "wattspan_kafka_held_bytes",
    "Bytes of spans held back, by partition of spans.",
    ["partition"],
    () =>
      [...(traces?.workers ?? [])].map(([partition, { task }]) => [
        { partition: String(partition) },
        task?.stage.heldBytes ?? 0,
      ]),
  );
  telemetry.observeValues(
    "wattspan_kafka_silent_partitions",
    "Partitions of spans that devices do not wait for, by partition of devices.",
    ["partition"],
    () =>
      [...(devices?.workers ?? [])].map(([partition, { silentCount }]) => [
        { partition: String(partition) },
        silentCount,
      ]),
  );
}
