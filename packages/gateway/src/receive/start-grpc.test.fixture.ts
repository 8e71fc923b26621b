import { once } from "node:events";
import { type ClientHttp2Stream, connect as http2Connect } from "node:http2";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { createLog } from "../log.ts";
import { createTelemetry, type Telemetry } from "../telemetry.ts";
import type { Verdict } from "./accept.ts";
import { createGrpcReceiver, type GrpcReceiver, type GrpcReceiverLimits } from "./grpc.ts";

const closing: (() => Promise<void> | void)[] = [];

/** Stops everything started. */
export async function stopGrpc(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** A receiver on a free port, a client of it, and all that came out. */
export interface StartedGrpc {
  readonly receiver: GrpcReceiver;
  readonly port: number;
  readonly client: Client;
  readonly telemetry: Telemetry;
  readonly lines: string[];
  readonly seen: { signal: string; encoding: string; body: Uint8Array }[];
}

/** Starts a receiver whose pipeline says `verdict` to everything; compression 2 is gzip. */
export async function startGrpc(
  verdict: Verdict | (() => Verdict) = { status: "accepted", rejected: 0 },
  limits: Partial<GrpcReceiverLimits> = {},
  compression = 0,
): Promise<StartedGrpc> {
  const seen: StartedGrpc["seen"] = [];
  const lines: string[] = [];
  const telemetry = createTelemetry();
  const receiver = await createGrpcReceiver({
    endpoint: { host: "127.0.0.1", port: 0 },
    accept(signal, encoding, body) {
      seen.push({ signal, encoding, body });
      return typeof verdict === "function" ? verdict() : verdict;
    },
    limits,
    telemetry,
    log: createLog({ write: (line) => lines.push(line) }),
  });
  closing.push(() => receiver.shutdown(0));
  const { port } = receiver.address;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.default_compression_algorithm": compression,
  });
  closing.push(() => client.close());
  return { receiver, port, client, telemetry, lines, seen };
}

/** Method that takes traces. */
export const tracesPath: string = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const identity = (bytes: Buffer): Buffer => bytes;

/** Sends a message that is already encoded. */
export function sendGrpc(
  client: Client,
  body: Uint8Array,
  path: string = tracesPath,
): Promise<{ response?: Buffer; error?: ServiceError }> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, identity, identity, Buffer.from(body), (error, response) =>
      resolve({ ...(error ? { error } : {}), ...(response ? { response } : {}) }),
    );
  });
}

/** Opens a call by hand, writes `bytes` of its body, and leaves the call open unless told. */
export function openCall(
  port: number,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): ClientHttp2Stream {
  const session = http2Connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  closing.push(() => session.destroy());
  const call = session.request({
    ":method": "POST",
    ":path": tracesPath,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  call.on("error", () => {});
  call.write(bytes);
  return call;
}

/** The status of a call that is refused without a message. */
export async function grpcStatus(call: ClientHttp2Stream): Promise<number> {
  const [headers] = await once(call, "response");
  return Number(headers["grpc-status"]);
}

/** A gRPC message, with another declared size if wanted. */
export function frame(
  body: Uint8Array,
  isCompressed: boolean,
  size: number = body.byteLength,
): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(isCompressed ? 1 : 0, 0);
  head.writeUInt32BE(size, 1);
  return Buffer.concat([head, body]);
}

/** Value of the request counter for traces, `none` where it has no such series. */
export async function countedGrpc(telemetry: Telemetry, outcome: string): Promise<string> {
  const page = await telemetry.render();
  const series = `wattspan_requests_total{signal="traces",transport="grpc",outcome="${outcome}"} `;
  const line = page.split("\n").find((each) => each.startsWith(series));
  return line?.slice(series.length) ?? "none";
}
