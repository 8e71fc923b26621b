import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { PowerMeter } from "@wattspan/footprint";
import { type DeviceDescription, resolveDevice } from "../devices/resolve-device.ts";
import { createModelMeter } from "./model-meter.ts";
import { createNvidiaSmiMeter } from "./nvidia-smi-meter.ts";
import { loadNvml } from "./nvml-library.ts";
import { createNvmlMeter } from "./nvml-meter.ts";
import { createRaplMeter, raplPackages } from "./rapl-meter.ts";

/** Names of meters that a setting can give. */
export const meterNames: readonly string[] = [
  "auto",
  "nvml",
  "nvidia-smi",
  "rapl",
  "model",
  "none",
];

/** What the choice of a meter depends on. */
export interface AutoMeterOptions {
  /** Needed by the meter `model`. */
  readonly devices?: readonly DeviceDescription[];
  /** Where commands are looked for; default `PATH`. */
  readonly path?: string;
  readonly raplFolder?: string;
  readonly nvmlLibrary?: string;
}

/** A meter and why it was taken; without one, why there is none. */
export interface ChosenMeter {
  readonly meter: PowerMeter | undefined;
  readonly why: string;
}

/** The best meter of this machine: NVML's counter, nvidia-smi's power, RAPL, a device model; and why. */
export function autoMeter(options: AutoMeterOptions = {}): ChosenMeter {
  const passed: string[] = [];
  const because = (why: string): string => [...passed, why].join("; ");
  const nvml = nvmlProblem(options.nvmlLibrary);
  if (nvml === undefined) {
    return { meter: nvmlMeter(options), why: because("nvml: energy counter in this process") };
  }
  passed.push(`not nvml: ${nvml}`);
  const command = findCommand("nvidia-smi", options.path ?? process.env["PATH"] ?? "");
  if (command !== undefined) {
    return { meter: createNvidiaSmiMeter({ command }), why: because("nvidia-smi: power only") };
  }
  passed.push("not nvidia-smi: not on the path");
  const packages = raplPackages(options.raplFolder);
  if (packages.length > 0) {
    const folder = options.raplFolder;
    const meter = createRaplMeter(folder === undefined ? {} : { folder });
    return { meter, why: because(`rapl: ${packages.join(", ")}`) };
  }
  passed.push("not rapl: no readable energy_uj");
  const devices = (options.devices ?? []).filter(
    (device) => resolveDevice(device).maxWatts !== undefined,
  );
  if (devices.length > 0) {
    return { meter: createModelMeter({ devices }), why: because("model: estimates, no meter") };
  }
  passed.push("not model: no device with a known model or maximum power is configured");
  return { meter: undefined, why: passed.join("; ") };
}

/** The meter of a name from `meterNames`. Throws a RangeError for another. */
export function meterNamed(name: string, options: AutoMeterOptions = {}): ChosenMeter {
  const why = `${name}: configured`;
  switch (name) {
    case "auto":
      return autoMeter(options);
    case "nvml":
      return { meter: nvmlMeter(options), why };
    case "nvidia-smi":
      return { meter: createNvidiaSmiMeter(), why };
    case "rapl":
      return { meter: createRaplMeter(), why };
    case "model":
      return { meter: createModelMeter({ devices: options.devices ?? [] }), why };
    case "none":
      return { meter: undefined, why };
    default:
      throw new RangeError(`no meter is called ${name}: ${meterNames.join(", ")}`);
  }
}

function nvmlMeter({ nvmlLibrary }: AutoMeterOptions): PowerMeter {
  return createNvmlMeter(nvmlLibrary === undefined ? {} : { library: nvmlLibrary });
}

function nvmlProblem(path: string | undefined): string | undefined {
  try {
    const library = loadNvml(path);
    const count = library.deviceCount;
    library.close();
    return count > 0 ? undefined : "it lists no device";
  } catch (error) {
    return (error as Error).message.split("\n")[0] ?? "it cannot be loaded";
  }
}

function findCommand(name: string, path: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not there.
    }
  }
  return undefined;
}
