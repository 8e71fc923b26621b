import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { createLog } from "../log.ts";
import { createTelemetry, type Telemetry } from "../telemetry.ts";
import type { Verdict } from "./accept.ts";
import { createHttpReceiver, type HttpReceiver, type HttpReceiverLimits } from "./http.ts";

/** A receiver on a free port, and all that came out of it. */
export interface StartedHttp {
  readonly receiver: HttpReceiver;
  readonly url: string;
  readonly port: number;
  readonly telemetry: Telemetry;
  readonly lines: string[];
  readonly seen: { signal: string; encoding: string; body: Uint8Array }[];
}

/** Headers of a plain protobuf request. */
export const protobuf: Record<string, string> = { "content-type": "application/x-protobuf" };

/** Headers of a gzip protobuf request. */
export const gzipped: Record<string, string> = { ...protobuf, "content-encoding": "gzip" };

const running: HttpReceiver[] = [];

/** Starts a receiver whose pipeline says `verdict` to everything. */
export async function startHttp(
  verdict: Verdict | (() => Verdict) = { status: "accepted", rejected: 0 },
  limits: Partial<HttpReceiverLimits> = {},
): Promise<StartedHttp> {
  const seen: StartedHttp["seen"] = [];
  const lines: string[] = [];
  const telemetry = createTelemetry();
  const receiver = await createHttpReceiver({
    endpoint: { host: "127.0.0.1", port: 0 },
    accept(signal, encoding, body) {
      seen.push({ signal, encoding, body });
      return typeof verdict === "function" ? verdict() : verdict;
    },
    limits: { lingerMs: 200, ...limits },
    telemetry,
    log: createLog({ write: (line) => lines.push(line) }),
  });
  running.push(receiver);
  const { port } = receiver.address;
  return { receiver, url: `http://127.0.0.1:${port}`, port, telemetry, lines, seen };
}

/** Stops every receiver started. */
export async function stopHttp(): Promise<void> {
  await Promise.all(running.splice(0).map((receiver) => receiver.shutdown(0)));
}

/** Sends traces. */
export function sendTraces(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = protobuf,
): Promise<Response> {
  return fetch(`${url}/v1/traces`, { method: "POST", body, headers });
}

/** Writes raw bytes and gives all that comes back. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes);
  return await text(socket);
}

/** Value of the request counter, `none` where it has no such series. */
export async function countedHttp(
  telemetry: Telemetry,
  outcome: string,
  signal = "traces",
): Promise<string> {
  const page = await telemetry.render();
  const series = `wattspan_requests_total{signal="${signal}",transport="http",outcome="${outcome}"} `;
  const line = page.split("\n").find((each) => each.startsWith(series));
  return line?.slice(series.length) ?? "none";
}
