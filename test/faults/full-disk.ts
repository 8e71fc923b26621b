import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createBatchMaker } from "./make-batch.ts";
import { startRecordingBackend } from "./record-backend.ts";
import { freePorts, startGatewayProcess } from "./start-gateway-process.ts";

/** What came of a disk without room. */
export interface FullDiskReport {
  /** A file system of its own that ran full, or the spool's own limit. */
  readonly limit: "disk" | "max_size";
  readonly acknowledgedSpans: number;
  readonly missingSpans: number;
  /** Requests that were told to come again, each with a time. */
  readonly refused: number;
  readonly refusedWithoutTime: number;
  /** Answers that are neither 200 nor 503. */
  readonly otherAnswers: number;
  /** Requests acknowledged after the backend took what waited. */
  readonly acknowledgedAfter: number;
  readonly isAlive: boolean;
}

/** Whether nothing was lost, senders were told to wait, and the gateway took requests again. */
export function isFullDiskGood(report: FullDiskReport): boolean {
  return (
    report.isAlive &&
    report.missingSpans === 0 &&
    report.refused > 0 &&
    report.refusedWithoutTime === 0 &&
    report.otherAnswers === 0 &&
    report.acknowledgedAfter > 0
  );
}

const DISK_MB = 24;
const BATCH_SPANS = 1000;

/** Why a small file system cannot be made here; undefined where it can. */
export function whyNoSmallDisk(): string | undefined {
  const at = mkdtempSync(join(tmpdir(), "wattspan-disk-"));
  const { status, stderr, error } = mount(at, 1);
  if (status === 0) spawnSync("umount", [at]);
  rmSync(at, { recursive: true, force: true });
  return status === 0 ? undefined : (error?.message ?? String(stderr).trim());
}

function mount(at: string, megabytes: number): ReturnType<typeof spawnSync> {
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", at]);
}

/** Fills the disk, or the spool up to its limit, while the backend takes nothing; then the backend takes what waits. */
export async function fullDisk(limit: FullDiskReport["limit"]): Promise<FullDiskReport> {
  const folder = mkdtempSync(join(tmpdir(), "wattspan-full-"));
  const directory = join(folder, "disk");
  mkdirSync(directory);
  if (limit === "disk") mount(directory, DISK_MB);
  const backend = await startRecordingBackend();
  backend.answer = () => ({ status: 503, headers: { "retry-after": "1" } });
  const ports = await freePorts();
  const gateway = startGatewayProcess(folder, ports, {
    exporters: { backend: { endpoint: backend.url, compression: "none" } },
    join: { linger: "1s", hold: "2s", max_phase: "5s", keep: "8s", export_delay: "0s" },
    spool: {
      directory: join(directory, "spool"),
      max_size: limit === "disk" ? "1GiB" : `${DISK_MB}MiB`,
    },
    metrics: { interval: "1h" },
  });
  let isAlive = true;
  void gateway.ended.then(() => {
    isAlive = false;
  });
  const counts = { acknowledgedSpans: 0, refused: 0, refusedWithoutTime: 0, otherAnswers: 0 };
  const makeBatch = createBatchMaker(BATCH_SPANS, Date.now() - 10_000);
  let number = 0;

  async function sendOne(): Promise<boolean> {
    const { body, spans } = makeBatch(number);
    const { status, retryAfter } = await post(ports.http, body);
    if (status === 200) {
      counts.acknowledgedSpans += spans;
      number++;
      return true;
    }
    if (status !== 503) counts.otherAnswers++;
    else if (retryAfter === undefined) counts.refusedWithoutTime++;
    counts.refused++;
    return false;
  }

  try {
    await gateway.ready;
    for (let refused = 0; refused < 20; ) {
      if (!(await sendOne())) {
        refused++;
        await sleep(100);
      }
    }
    backend.answer = () => ({ status: 200 });
    let acknowledgedAfter = 0;
    for (const endMs = performance.now() + 60_000; performance.now() < endMs; ) {
      if (await sendOne()) acknowledgedAfter++;
      else await sleep(200);
      if (acknowledgedAfter >= 10) break;
    }
    const endMs = performance.now() + 60_000;
    while (backend.spans.size < counts.acknowledgedSpans && performance.now() < endMs)
      await sleep(200);
    const missingSpans = counts.acknowledgedSpans - backend.spans.size;
    return { limit, ...counts, missingSpans, acknowledgedAfter, isAlive };
  } finally {
    gateway.kill("SIGKILL");
    await gateway.ended;
    await backend.stop();
    if (limit === "disk") spawnSync("umount", [directory]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function post(
  port: number,
  body: Uint8Array,
): Promise<{ readonly status?: number; readonly retryAfter?: string }> {
  return new Promise((resolve) => {
    const request = httpRequest(
      {
        ...{ host: "127.0.0.1", port, method: "POST", path: "/v1/traces" },
        headers: { "content-type": "application/x-protobuf", "content-length": body.byteLength },
      },
      (response) => {
        response.resume();
        const retryAfter = response.headers["retry-after"];
        const status = response.statusCode ?? 0;
        response.once("end", () =>
          resolve({ status, ...(retryAfter === undefined ? {} : { retryAfter }) }),
        );
      },
    );
    request.once("error", () => resolve({}));
    request.end(body);
  });
}
