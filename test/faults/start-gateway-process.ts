import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../services/free-port.ts";

const root = fileURLToPath(
  new URL(existsBeside("../../packages") ? "../../" : "../../../", import.meta.url),
);
const main = join(root, "packages/cli/dist/main.js");

function existsBeside(path: string): boolean {
  return existsSync(new URL(path, import.meta.url));
}

/** `wattspan gateway` in a process of its own. */
export interface GatewayProcess {
  readonly pid: number;
  readonly ports: { readonly http: number; readonly grpc: number; readonly admin: number };
  /** Resolves when it says that it is ready. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended; gives its exit code, or the signal. */
  readonly ended: Promise<number | string>;
  /** What it wrote so far. */
  lines(): readonly string[];
  /** Resident memory of its own, MB: without the pages of files that the system may take back. */
  residentMb(): number;
  kill(signal: NodeJS.Signals): void;
}

/** Free ports of this machine, to be used again after a kill. */
export async function freePorts(): Promise<GatewayProcess["ports"]> {
  const [http, grpc, admin] = await Promise.all([freePort(), freePort(), freePort()]);
  return { http, grpc, admin };
}

/** Starts a gateway; `settings` go over the receivers and the admin address, JSON being YAML too. */
export function startGatewayProcess(
  folder: string,
  ports: GatewayProcess["ports"],
  settings: object,
  nodeOptions: readonly string[] = [],
): GatewayProcess {
  if (!existsSync(main)) throw new Error("npm run build makes what this starts");
  const file = join(folder, "gateway.yaml");
  const at = (port: number): object => ({ endpoint: `127.0.0.1:${port}` });
  const protocols = { http: at(ports.http), grpc: at(ports.grpc) };
  const config = { receivers: { otlp: { protocols } }, admin: at(ports.admin), ...settings };
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, [...nodeOptions, main, "gateway", "--config", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return watch(child, ports);
}

function watch(child: ChildProcess, ports: GatewayProcess["ports"]): GatewayProcess {
  let text = "";
  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    text += chunk;
    if (/ INFO ready/.test(text)) isReady();
  });
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => {
      isReady();
      resolve(code ?? signal ?? "lost");
    }),
  );
  return {
    pid: child.pid ?? Number.NaN,
    ports,
    ready,
    ended,
    lines: () => text.split("\n").filter((line) => line !== ""),
    residentMb: () => residentMbOf(child.pid),
    kill: (signal) => void child.kill(signal),
  };
}

function residentMbOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
