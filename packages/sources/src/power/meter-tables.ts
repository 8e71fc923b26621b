import { allSmi } from "./all-smi.ts";
import { amdExporter } from "./amd-exporter.ts";
import { dcgm } from "./dcgm.ts";
import { kepler } from "./kepler.ts";
import type { MeterTable } from "./meter-table.ts";
import { nvidiaGpuExporter } from "./nvidia-gpu-exporter.ts";
import { triton } from "./triton.ts";
import { xpumd } from "./xpumd.ts";

/** Every exporter that is known, best first. */
export const meterTables: readonly MeterTable[] = [
  dcgm,
  nvidiaGpuExporter,
  amdExporter,
  xpumd,
  allSmi,
  kepler,
  triton,
];

/** The table of a type, or undefined. */
export function meterTable(type: string): MeterTable | undefined {
  return meterTables.find((table) => table.type === type);
}
