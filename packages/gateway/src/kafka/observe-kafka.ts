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
  telemetry.observeGauge(
    "wattspan_kafka_partitions",
    "Partitions that this process works on, by role.",
    "role",
    () => new Map(Object.entries(roles).map(([name, role]) => [name, role?.workers.size ?? 0])),
  );
  telemetry.observeGauge(
    "wattspan_kafka_held_bytes",
    "Bytes of spans held back, by partition of spans.",
    "partition",
    () =>
      new Map(
        [...(traces?.workers ?? [])].map(([partition, { task }]) => [
          String(partition),
          task?.stage.heldBytes ?? 0,
        ]),
      ),
  );
  telemetry.observeGauge(
    "wattspan_kafka_silent_partitions",
    "Partitions of spans that devices do not wait for, by partition of devices.",
    "partition",
    () =>
      new Map(
        [...(devices?.workers ?? [])].map(([partition, { silentCount }]) => [
          String(partition),
          silentCount,
        ]),
      ),
  );
}
