import { readFileSync } from "node:fs";

/** What a process has used so far. */
export interface Usage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

/** Clock ticks a second of Linux on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Reads /proc; throws where there is none. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytesOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) * 1024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssBytes: bytesOf("VmRSS"),
    peakRssBytes: bytesOf("VmHWM"),
  };
}
