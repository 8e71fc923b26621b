import { factorsInForce } from "./metrics/factors-in-force.ts";
import type { Pipeline } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { Telemetry } from "./telemetry.ts";

/** Shows what a pipeline holds, where each device's energy went, and how good the factors in force are. */
export function observePipeline(
  pipeline: Pick<
    Pipeline,
    "heldCount" | "heldBytes" | "phaseCount" | "byteLength" | "balances" | "nodes"
  >,
  { intensity }: Pick<PipelineOptions, "intensity">,
  telemetry: Telemetry,
): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    telemetry.observeValues(name, help, [], () => [[{}, read()]]);
  gauge("wattspan_held_spans", "Spans that wait for their figures.", () => pipeline.heldCount);
  gauge("wattspan_held_bytes", "Bytes of the spans that wait.", () => pipeline.heldBytes);
  gauge("wattspan_ledger_phases", "Phases in the ledger.", () => pipeline.phaseCount);
  gauge("wattspan_ledger_bytes", "Memory of the ledger.", () => pipeline.byteLength);
  telemetry.observeValues(
    "wattspan_device_joules",
    "Metered energy of each device by what became of it; the states add up to the meter's increase.",
    ["node", "device", "state", "reason"],
    () =>
      pipeline.balances().flatMap((balance) => {
        const { node, device } = balance;
        return [
          [{ node, device, state: "attributed" }, balance.attributedJoules] as const,
          [{ node, device, state: "idle_open" }, balance.idleOpenJoules] as const,
          [{ node, device, state: "idle_empty" }, balance.idleEmptyJoules] as const,
          ...Object.entries(balance.unattributed).map(
            ([reason, joules]) =>
              [{ node, device, state: "unattributed", reason }, joules] as const,
          ),
        ];
      }),
  );
  telemetry.observeValues(
    "wattspan_grid_factor",
    "1 for the source and the quality tier of the factor in force in each zone.",
    ["zone", "provider", "tier"],
    () =>
      factorsInForce(pipeline.nodes, intensity).map(
        ([zone, { provider, tier }]) => [{ zone, provider, tier }, 1] as const,
      ),
  );
}
