import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../log.ts";
import type { RequestOutcome, Telemetry } from "../telemetry.ts";
import { type Accept, type Decision, decide, outcomeOf, type Signal } from "./accept.ts";
import { type ByteBudget, createByteBudget } from "./byte-budget.ts";
import { type CheckBearer, createBearerCheck } from "./check-bearer.ts";
import {
  defaultHttpLimits,
  type HttpLimits,
  type HttpListener,
  listenHttp,
} from "./http-listener.ts";
import { replyTo, replyUnauthorized, replyUnsupported, sendReply } from "./http-reply.ts";
import { type HttpRoute, routeHttp } from "./http-route.ts";
import { createInflate, type Inflate } from "./inflate.ts";
import type { ListenOptions } from "./listen-options.ts";
import { readBody } from "./read-body.ts";

/** Limits of the OTLP/HTTP receiver; sizes in bytes, times in ms. */
export interface HttpReceiverLimits extends HttpLimits {
  /** Largest body, as sent and again after decompression. */
  readonly maxBodyBytes: number;
  /** Memory for bodies that are still arriving, over all connections; past it the answer is busy. */
  readonly maxArrivingBytes: number;
  /** How long a refused body is still read, so that its sender sees why. */
  readonly lingerMs: number;
}

/** Defaults: 20 MiB a body, as the Collector takes, and 256 MiB in all. */
const defaultHttpReceiverLimits: HttpReceiverLimits = {
  ...defaultHttpLimits,
  maxBodyBytes: 20 * 1024 * 1024,
  maxArrivingBytes: 256 * 1024 * 1024,
  lingerMs: 2000,
};

/** Options of `createHttpReceiver`. */
export interface HttpReceiverOptions {
  readonly endpoint: ListenOptions;
  readonly accept: Accept;
  readonly limits?: Partial<HttpReceiverLimits>;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/** A running receiver. */
export type HttpReceiver = Pick<HttpListener, "address" | "shutdown">;

interface Context {
  readonly accept: Accept;
  readonly isLetIn: CheckBearer;
  readonly limits: HttpReceiverLimits;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly budget: ByteBudget;
  readonly inflate: Inflate;
  readonly isClosing: () => boolean;
}

type Found = Extract<HttpRoute, { status: "found" }>;

/** Takes OTLP/HTTP, both encodings on one port; resolves once it listens. */
export async function createHttpReceiver(options: HttpReceiverOptions): Promise<HttpReceiver> {
  const limits = { ...defaultHttpReceiverLimits, ...options.limits };
  const { telemetry, log } = options;
  const inFlight = new Set<Promise<void>>();
  let listener: HttpListener | undefined;
  const context: Context = {
    accept: options.accept,
    isLetIn: createBearerCheck(options.endpoint.bearerTokens),
    limits,
    telemetry,
    log,
    budget: createByteBudget(limits.maxArrivingBytes),
    inflate: createInflate({ maxBytes: limits.maxBodyBytes }),
    isClosing: () => listener?.isClosing() ?? false,
  };
  listener = await listenHttp({
    endpoint: options.endpoint,
    limits,
    onRequest(request, response) {
      const answering = answer(context, request, response).finally(() =>
        inFlight.delete(answering),
      );
      inFlight.add(answering);
    },
    onRefusedConnection() {
      telemetry.refusedConnections.add({ transport: "http" });
      log.warn("connection refused: too many are open", { about: "http" });
    },
    onError: (error) =>
      log.warn("cannot take a connection", { about: "http", error: error.message }),
  });
  const { address, shutdown } = listener;
  let stopped: Promise<void> | undefined;
  return {
    address,
    shutdown(withinMs) {
      // A body may still be decompressing when its connection is gone.
      stopped ??= shutdown(withinMs).then(async () => void (await Promise.all(inFlight)));
      return stopped;
    },
  };
}

async function answer(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { limits } = context;
  const sending = { isClosing: context.isClosing(), lingerMs: limits.lingerMs };
  const route = routeHttp(request.method, request.url, request.headers);
  if (route.status === "unsupported") {
    count(context, "none", "unsupported");
    sendReply(request, response, replyUnsupported(route), sending);
    return;
  }
  if (!context.isLetIn(request.headers.authorization)) {
    count(context, route.signal, "unauthorized");
    sendReply(request, response, replyUnauthorized(route.encoding), sending);
    return;
  }
  const decision = await receive(context, route, request, response);
  count(context, route.signal, decision.status === "aborted" ? "aborted" : outcomeOf(decision));
  if (decision.status === "aborted") return;
  const isClosing = context.isClosing();
  sendReply(request, response, replyTo(decision, route.signal, route.encoding), {
    ...sending,
    isClosing,
  });
}

async function receive(
  context: Context,
  route: Found,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Decision | { readonly status: "aborted" }> {
  const { limits, log } = context;
  if (Number(request.headers["content-length"] ?? 0) > limits.maxBodyBytes) return tooLarge(limits);
  if (request.headers.expect) response.writeContinue();
  const hold = context.budget.hold();
  try {
    const read = await readBody(request, limits.maxBodyBytes, hold);
    if (read.status === "aborted") return { status: "aborted" };
    if (read.status === "too_large") return tooLarge(limits);
    if (read.status === "busy")
      return { status: "refused", reason: "busy", message: "too many bodies are arriving" };
    const plain = route.isGzip
      ? await context.inflate(read.body)
      : ({ status: "inflated", body: read.body } as const);
    if (plain.status === "too_large") return tooLarge(limits);
    if (plain.status === "malformed")
      return { status: "refused", reason: "malformed", message: plain.message };
    const { signal, encoding } = route;
    context.telemetry.receivedBytes.add({ signal, transport: "http" }, plain.body.byteLength);
    return await decide(context.accept, log, signal, encoding, plain.body);
  } finally {
    hold.release();
  }
}

function tooLarge(limits: HttpReceiverLimits): Decision {
  const message = `the body is larger than ${limits.maxBodyBytes} bytes`;
  return { status: "refused", reason: "too_large", message };
}

function count(context: Context, signal: Signal | "none", outcome: RequestOutcome): void {
  context.telemetry.requests.add({ signal, transport: "http", outcome });
}
