import type { DeviceReport, MeterReport, MetersReport, SourceReport } from "../describe-meters.ts";

/** Writes a report for eyes: sources, then devices with their meters. */
export function printMeters(
  { sources, devices }: MetersReport,
  write: (text: string) => void,
): void {
  for (const source of sources) write(`${sourceLine(source)}\n`);
  for (const device of devices) {
    write(`\n${deviceLine(device)}\n`);
    for (const meter of device.meters) write(`  ${meterLine(meter)}\n`);
  }
  if (devices.length === 0) write("\nno device\n");
}

function sourceLine({ name, state, reason, unverified, failures, unread }: SourceReport): string {
  const skipped = Object.entries(unread).map(([why, count]) => `${count} ${why}`);
  return [
    `${state.padEnd(8)}${name}`,
    ...(unverified ? ["unverified"] : []),
    ...(reason === undefined ? [] : [reason]),
    ...(failures > 0 ? [`failures: ${failures}`] : []),
    ...(skipped.length > 0 ? [`not read: ${skipped.join(", ")}`] : []),
  ].join(" | ");
}

function deviceLine({ node, id, scope, model, watts }: DeviceReport): string {
  return [
    `${node}/${id}`,
    ...(scope === "gpu" ? [] : [scope]),
    ...(model === undefined ? [] : [model]),
    watts === undefined ? "no watts yet" : `${watts.toFixed(1)} W`,
  ].join(" | ");
}

function meterLine(meter: MeterReport): string {
  const { role, kind, source, against, unverified, updatePeriodMs, timeRangeMs, drift } = meter;
  return [
    `${role.padEnd(11)}${kind.padEnd(9)}${source}`,
    ...(updatePeriodMs === undefined ? [] : [`every ${seconds(updatePeriodMs)}`]),
    ...(timeRangeMs > 0 ? [`within ${seconds(timeRangeMs)}`] : []),
    ...(role === "overlapped" && against !== undefined ? [`part of ${against}`] : []),
    ...(drift === undefined ? [] : [`${(drift * 100).toFixed(1)} % off`]),
    ...(unverified ? ["unverified"] : []),
  ].join(" | ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
