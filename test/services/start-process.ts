import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** What to run; standard output and errors go to the log file. */
export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
}

/** A service's process, the leader of a group of its own. */
export interface ServiceProcess {
  readonly pid: number;
  /** Throws, with the end of its log, where the process has ended. */
  check(): void;
  /** Ends the whole group at once, as a crash does. */
  kill(): Promise<void>;
  /** Ends the whole group, asking first; safe twice. */
  shutdown(): Promise<void>;
}

const GRACE_MS = 5000;
const running = new Set<ChildProcess>();
// A signal that ends this process does not reach the groups.
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => {
    killRunning();
    process.kill(process.pid, name);
  });
}
process.once("exit", killRunning);

/** Starts a process with this one's environment plus `env`. */
export function startProcess({ command, args, env, logPath }: ProcessOptions): ServiceProcess {
  const log = openSync(logPath, "w");
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  running.add(child);
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      failure = error;
      resolve();
    });
    child.once("exit", () => resolve());
  });

  return {
    pid: child.pid ?? 0,
    check() {
      if (failure === undefined && child.exitCode === null && child.signalCode === null) return;
      const tail = readFileSync(logPath, "utf8").split("\n").slice(-12).join("\n");
      throw new Error(`${command} ${args.join(" ")} ended: ${failure?.message ?? ""}\n${tail}`);
    },
    async kill() {
      signal(child, "SIGKILL");
      await ended;
      running.delete(child);
    },
    async shutdown() {
      signal(child, "SIGTERM");
      await Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false })]);
      // The group may outlive its leader.
      signal(child, "SIGKILL");
      await ended;
      running.delete(child);
    },
  };
}

/** Starts a process and waits until `isReady`; throws, with nothing left running, where that does not come. */
export async function startReady(
  options: ProcessOptions,
  isReady: () => Promise<boolean>,
  everyMs?: number,
): Promise<ServiceProcess> {
  const service = startProcess(options);
  try {
    await waitUntil(isReady, { processes: [service], timeoutMs: 60_000, everyMs });
  } catch (error) {
    await service.shutdown();
    throw error;
  }
  return service;
}

/** Polls until `isReady`; throws where a process ends first, or with the last error where the time is up. */
export async function waitUntil(
  isReady: () => Promise<boolean>,
  {
    processes,
    timeoutMs,
    everyMs = 100,
  }: { processes: readonly ServiceProcess[]; timeoutMs: number; everyMs?: number | undefined },
): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      if (await isReady()) return;
    } catch (error) {
      cause = error;
    }
    for (const each of processes) each.check();
    if (Date.now() > deadlineMs) throw new Error(`not ready after ${timeoutMs} ms`, { cause });
    await sleep(everyMs);
  }
}

function killRunning(): void {
  for (const child of running) signal(child, "SIGKILL");
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
