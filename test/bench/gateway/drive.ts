import { Agent, request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { nodeName, type Payload } from "./payload.ts";
import { NODES, type Subject } from "./subjects.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** What is sent, and how. */
export interface Load {
  readonly payloads: readonly Payload[];
  readonly isGzip: boolean;
  readonly requests: number;
  /** Requests a second; as fast as the answers come where absent. */
  readonly perSecond?: number;
}

let nextNumber = 1;

/** Sends requests, a few at a time; resolves when all are accepted. Gives the number of the first. */
export async function drive({ url }: Subject, load: Load): Promise<number> {
  const { payloads, requests, isGzip, perSecond } = load;
  const first = nextNumber;
  nextNumber += requests;
  const startMs = performance.now();
  let sent = 0;
  const work = async (): Promise<void> => {
    while (sent < requests) {
      const index = sent++;
      if (perSecond !== undefined) {
        await sleep(Math.max(0, startMs + (index / perSecond) * 1000 - performance.now()));
      }
      const payload = payloads[index % payloads.length] as Payload;
      const body = payload.at(first + index, Date.now());
      await postUntilTaken(
        `${url}/v1/traces`,
        isGzip ? gzipSync(body, { level: 1 }) : body,
        isGzip,
      );
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return first;
}

/** Keeps the meters of all machines going, one reading a second, until told to stop. */
export function startMeterFeed({ url }: Subject): () => void {
  const post = (): void => {
    const nowMs = Date.now();
    void postOnce(`${url}/v1/metrics`, Buffer.from(readings(nowMs)), {
      "content-type": "application/json",
    }).catch(() => undefined);
  };
  post();
  const timer = setInterval(post, 1000);
  return () => clearInterval(timer);
}

function readings(nowMs: number): string {
  const dataPoints = (["prefill", "decode"] as const).flatMap((phase) =>
    Array.from({ length: NODES }, (_, index) => ({
      timeUnixNano: `${nowMs}000000`,
      asDouble: (nowMs - 1.7e12) * 0.4,
      attributes: [
        { key: "hw.id", value: { stringValue: `GPU-${phase}-${index}` } },
        { key: "hw.type", value: { stringValue: "gpu" } },
        { key: "host.name", value: { stringValue: nodeName(phase, index) } },
      ],
    })),
  );
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  const metrics = [{ name: "hw.energy", unit: "J", sum }];
  return JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

async function postUntilTaken(url: string, body: Buffer, isGzip: boolean): Promise<void> {
  const headers = {
    "content-type": "application/x-protobuf",
    ...(isGzip ? { "content-encoding": "gzip" } : {}),
  };
  while ((await postOnce(url, body, headers)) !== 200) await sleep(50);
}

function postOnce(
  url: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      agent,
      headers: { ...headers, "content-length": body.length },
    };
    httpRequest(url, options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    })
      .on("error", reject)
      .end(body);
  });
}
