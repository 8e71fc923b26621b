import { createRequire } from "node:module";

/** A device handle of the library. */
export type NvmlDevice = unknown;

/** The few calls of NVML that are needed; each gives undefined where the device does not support it. */
export interface NvmlLibrary {
  readonly deviceCount: number;
  deviceAt(index: number): NvmlDevice | undefined;
  uuidOf(device: NvmlDevice): string | undefined;
  nameOf(device: NvmlDevice): string | undefined;
  /** Millijoules since the driver was loaded. */
  energyMillijoulesOf(device: NvmlDevice): number | undefined;
  powerMilliwattsOf(device: NvmlDevice): number | undefined;
  powerLimitMilliwattsOf(device: NvmlDevice): number | undefined;
  /** Processes with a compute context on the device. */
  computePidsOf(device: NvmlDevice): readonly number[] | undefined;
  /** Busy time of each process, percent, in samples after `sinceMicroseconds`. */
  utilizationOf(device: NvmlDevice, sinceMicroseconds: number): readonly NvmlUse[] | undefined;
  close(): void;
}

/** One sample of one process. */
export interface NvmlUse {
  readonly pid: number;
  readonly smPercent: number;
  readonly atMicroseconds: number;
}

type Call = (...args: readonly unknown[]) => number;

/** What is used of koffi. */
interface Koffi {
  load(path: string): { func(name: string, result: string, parameters: readonly unknown[]): Call };
  opaque(): unknown;
  pointer(type: unknown): unknown;
  out(type: unknown): unknown;
  inout(type: unknown): unknown;
}

/** `nvmlProcessInfo_t` and `nvmlProcessUtilizationSample_t` of `nvml.h`, bytes. */
const PROCESS_BYTES = 24;
const SAMPLE_BYTES = 32;
const MAX_PROCESSES = 64;
const MAX_SAMPLES = 256;
const TEXT_BYTES = 96;

/**
 * Loads NVML by the optional package `koffi`. Throws an Error that says what is missing: the package, the library, or a
 * driver.
 */
export function loadNvml(path = "libnvidia-ml.so.1"): NvmlLibrary {
  const library = requireKoffi();
  const lib = loadLibrary(library, path);
  const handle = library.pointer(library.opaque());
  const number32 = library.out(library.pointer("uint32_t"));
  const both32 = library.inout(library.pointer("uint32_t"));
  const number64 = library.out(library.pointer("uint64_t"));
  const find = (name: string, ...parameters: readonly unknown[]): Call | undefined => {
    try {
      return lib.func(name, "int", parameters);
    } catch {
      return undefined;
    }
  };
  const initialize = find("nvmlInit_v2");
  const status = initialize?.();
  if (status !== 0) throw new Error(`nvmlInit_v2 gave ${status ?? "no function"}`);
  const getCount = find("nvmlDeviceGetCount_v2", number32);
  const getHandle = find(
    "nvmlDeviceGetHandleByIndex_v2",
    "uint32_t",
    library.out(library.pointer(handle)),
  );
  const getUuid = find("nvmlDeviceGetUUID", handle, "uint8_t *", "uint32_t");
  const getName = find("nvmlDeviceGetName", handle, "uint8_t *", "uint32_t");
  const getEnergy = find("nvmlDeviceGetTotalEnergyConsumption", handle, number64);
  const getPower = find("nvmlDeviceGetPowerUsage", handle, number32);
  const getLimit = find("nvmlDeviceGetEnforcedPowerLimit", handle, number32);
  const getProcesses = find("nvmlDeviceGetComputeRunningProcesses_v3", handle, both32, "uint8_t *");
  const getUse = find("nvmlDeviceGetProcessUtilization", handle, "uint8_t *", both32, "uint64_t");
  const shutdown = find("nvmlShutdown");
  let isClosed = false;

  const numberFrom = (call: Call | undefined, device: NvmlDevice): number | undefined => {
    const out: unknown[] = [0];
    return call?.(device, out) === 0 ? Number(out[0]) : undefined;
  };
  const textFrom = (call: Call | undefined, device: NvmlDevice): string | undefined => {
    const bytes = Buffer.alloc(TEXT_BYTES);
    if (call?.(device, bytes, TEXT_BYTES) !== 0) return undefined;
    return bytes.toString("utf8", 0, bytes.indexOf(0));
  };

  return {
    get deviceCount() {
      const out: unknown[] = [0];
      return getCount?.(out) === 0 ? Number(out[0]) : 0;
    },
    deviceAt(index) {
      const out: unknown[] = [null];
      return getHandle?.(index, out) === 0 ? out[0] : undefined;
    },
    uuidOf: (device) => textFrom(getUuid, device),
    nameOf: (device) => textFrom(getName, device),
    energyMillijoulesOf: (device) => numberFrom(getEnergy, device),
    powerMilliwattsOf: (device) => numberFrom(getPower, device),
    powerLimitMilliwattsOf: (device) => numberFrom(getLimit, device),
    computePidsOf(device) {
      const count: unknown[] = [MAX_PROCESSES];
      const bytes = Buffer.alloc(PROCESS_BYTES * MAX_PROCESSES);
      if (getProcesses?.(device, count, bytes) !== 0) return undefined;
      return Array.from({ length: Number(count[0]) }, (_, i) =>
        bytes.readUInt32LE(i * PROCESS_BYTES),
      );
    },
    utilizationOf(device, sinceMicroseconds) {
      const count: unknown[] = [MAX_SAMPLES];
      const bytes = Buffer.alloc(SAMPLE_BYTES * MAX_SAMPLES);
      if (getUse?.(device, bytes, count, sinceMicroseconds) !== 0) return undefined;
      return Array.from({ length: Number(count[0]) }, (_, i) => ({
        pid: bytes.readUInt32LE(i * SAMPLE_BYTES),
        atMicroseconds: Number(bytes.readBigUInt64LE(i * SAMPLE_BYTES + 8)),
        smPercent: bytes.readUInt32LE(i * SAMPLE_BYTES + 16),
      }));
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      shutdown?.();
    },
  };
}

function loadLibrary(koffi: Koffi, path: string): ReturnType<Koffi["load"]> {
  try {
    return koffi.load(path);
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause });
  }
}

function requireKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch {
    throw new Error("package koffi is not installed");
  }
}
