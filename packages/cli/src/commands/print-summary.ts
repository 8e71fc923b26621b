import type { FleetFigure, RequestSummary, Summary } from "@wattspan/gateway";

/** Writes a summary for people: a line a request, a line a device, a line a pool of counted work, the balance. */
export function printSummary(summary: Summary, write: (text: string) => void): void {
  for (const request of summary.requests) write(`${requestLine(request)}\n`);
  for (const device of summary.devices) {
    const parts = [
      `metered ${joules(device.meteredJoules)}`,
      `attributed ${joules(device.attributedJoules)}`,
      `idle ${joules(device.idleJoules)}`,
      `unattributed ${joules(device.unattributedJoules)}`,
    ];
    write(`${device.node}/${device.device} (${device.source}): ${parts.join(", ")}\n`);
  }
  for (const figure of summary.fleet) write(`${fleetLine(figure)}\n`);
  const { totals } = summary;
  const rest =
    totals.meteredJoules - totals.attributedJoules - totals.idleJoules - totals.unattributedJoules;
  write(
    `balance: ${joules(totals.meteredJoules)} metered = ${joules(totals.attributedJoules)} attributed + ` +
      `${joules(totals.idleJoules)} idle + ${joules(totals.unattributedJoules)} unattributed (rest ${rest.toExponential(1)} J)\n`,
  );
}

/** `counted llama prefill (FR): prefill 12000 tokens, 0.051 J and 0.00045 mg a token, decode none`. */
export function fleetLine({ model, pool, zone, prefill, decode }: FleetFigure): string {
  const names = ["counted", model, pool, zone === undefined ? undefined : `(${zone})`];
  const kinds = [["prefill", prefill] as const, ["decode", decode] as const].map(([kind, sum]) => {
    if (sum.tokens <= 0) return `${kind} none`;
    const each = `${(sum.joules / sum.tokens).toPrecision(2)} J`;
    const grams =
      sum.carbonGrams === undefined
        ? ""
        : ` and ${((sum.carbonGrams * 1000) / sum.tokens).toPrecision(2)} mg`;
    return `${kind} ${Math.round(sum.tokens)} tokens, ${each}${grams} a token`;
  });
  return `${names.filter(Boolean).join(" ")}: ${kinds.join(", ")}`;
}

/** `chat llama: prefill 12 J (FR, yearly), decode 80 J (PL, yearly), 0.04 g, estimated`. */
export function requestLine(request: RequestSummary): string {
  const phases = request.phases.map((phase) => {
    if (phase.energyJoules === undefined) return `${phase.phase} ${phase.reason ?? "missing"}`;
    const place = [phase.zone ?? phase.node, phase.dataStatus?.split("_")[0]]
      .filter(Boolean)
      .join(", ");
    return `${phase.phase} ${joules(phase.energyJoules)} (${place})`;
  });
  const grams =
    request.carbonGrams === undefined ? [] : [`${request.carbonGrams.toPrecision(2)} g`];
  return `${request.model ?? "request"}: ${[...phases, ...grams, request.status].join(", ")}`;
}

function joules(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(2)} J`;
}
