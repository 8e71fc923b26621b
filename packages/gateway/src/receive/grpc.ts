import { createServer, type Server as NetServer, type Socket } from "node:net";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { exportResponse } from "@wattspan/otlp";
import type { Log } from "../log.ts";
import type { Telemetry } from "../telemetry.ts";
import {
  type Accept,
  decide,
  outcomeOf,
  retryAfterSecondsOf,
  type Signal,
  signals,
} from "./accept.ts";
import { bindServer, type Endpoint } from "./bind-server.ts";
import { createBearerCheck } from "./check-bearer.ts";
import { createGrpcGuard, type GrpcGuardLimits } from "./grpc-guard.ts";
import { refuseGrpc } from "./grpc-status.ts";
import { createHttp2TlsServer, type ListenOptions } from "./listen-options.ts";

/** Limits of the OTLP/gRPC receiver; sizes in bytes, times in ms. */
export interface GrpcReceiverLimits extends GrpcGuardLimits {
  readonly maxConnections: number;
  /** Largest message, as sent and again after decompression. */
  readonly maxMessageBytes: number;
  readonly maxStreamsPerConnection: number;
  /** A connection without calls is closed after this time; its client opens a new one when it needs one. */
  readonly maxIdleMs: number;
}

/** Defaults that match those of the HTTP receiver. */
const defaultGrpcReceiverLimits: GrpcReceiverLimits = {
  maxConnections: 1024,
  maxCalls: 256,
  requestTimeoutMs: 30_000,
  maxMessageBytes: 20 * 1024 * 1024,
  maxStreamsPerConnection: 100,
  maxIdleMs: 300_000,
};

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Options of `createGrpcReceiver`. */
export interface GrpcReceiverOptions {
  readonly endpoint: ListenOptions;
  readonly accept: Accept;
  readonly limits?: Partial<GrpcReceiverLimits>;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/** A running receiver. */
export interface GrpcReceiver {
  /** The address bound, with the real port. */
  readonly address: Endpoint;
  /** Stops accepting, lets calls in flight end within `withinMs`, then cuts them; safe twice. */
  shutdown(withinMs?: number): Promise<void>;
}

/** Takes OTLP/gRPC, plain or gzip; resolves once it listens. */
export async function createGrpcReceiver(options: GrpcReceiverOptions): Promise<GrpcReceiver> {
  const limits = { ...defaultGrpcReceiverLimits, ...options.limits };
  const server = createService(options, limits);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  // The library's own listener knows no limit of connections.
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    injector.injectConnection(socket);
  };
  const { tls } = options.endpoint;
  const listener =
    tls === undefined
      ? createServer({ noDelay: true }, serve)
      : createHttp2TlsServer(tls, HANDSHAKE_TIMEOUT_MS, serve);
  listener.maxConnections = limits.maxConnections;
  listener.on("drop", () => {
    options.telemetry.refusedConnections.add({ transport: "grpc" });
    options.log.warn("connection refused: too many are open", { about: "grpc" });
  });
  const address = await bindServer(listener, options.endpoint);
  const onError = (error: Error): void =>
    options.log.warn("cannot take a connection", { about: "grpc", error: error.message });
  listener.on("error", onError);
  listener.on("tlsClientError", onError);

  let closed: Promise<void> | undefined;
  return {
    address,
    shutdown(withinMs = 5000) {
      closed ??= close(listener, server, sockets, withinMs);
      return closed;
    },
  };
}

function createService(options: GrpcReceiverOptions, limits: GrpcReceiverLimits): Server {
  const signalOf = (path: string): Signal | "none" =>
    signals.find((signal) => path === exportPath(signal)) ?? "none";
  const server = new Server({
    interceptors: [
      createGrpcGuard({
        limits,
        signalOf,
        isLetIn: createBearerCheck(options.endpoint.bearerTokens),
        telemetry: options.telemetry,
      }),
    ],
    "grpc.max_receive_message_length": limits.maxMessageBytes,
    "grpc.max_concurrent_streams": limits.maxStreamsPerConnection,
    "grpc.max_connection_idle_ms": limits.maxIdleMs,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    "grpc.enable_channelz": 0,
  });
  for (const signal of signals) {
    server.addService(serviceOf(signal), {
      Export: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
        void exportTo(options, signal, call.request, answer),
    });
  }
  return server;
}

async function exportTo(
  options: GrpcReceiverOptions,
  signal: Signal,
  body: Buffer,
  answer: sendUnaryData<Buffer>,
): Promise<void> {
  const { accept, telemetry, log } = options;
  telemetry.receivedBytes.add({ signal, transport: "grpc" }, body.byteLength);
  const decision = await decide(accept, log, signal, "protobuf", body);
  telemetry.requests.add({ signal, transport: "grpc", outcome: outcomeOf(decision) });
  switch (decision.status) {
    case "accepted":
      answer(
        null,
        Buffer.from(exportResponse("protobuf", signal, decision.rejected, decision.message)),
      );
      return;
    case "refused": {
      const seconds = retryAfterSecondsOf(decision.retryAfterSeconds);
      answer(refuseGrpc(decision.reason, decision.message, seconds));
      return;
    }
    default:
      answer(refuseGrpc("failed", "internal error", 0));
  }
}

const serviceNames: Readonly<Record<Signal, string>> = {
  traces: "trace.v1.TraceService",
  metrics: "metrics.v1.MetricsService",
  logs: "logs.v1.LogsService",
};

function exportPath(signal: Signal): string {
  return `/opentelemetry.proto.collector.${serviceNames[signal]}/Export`;
}

function serviceOf(signal: Signal): ServiceDefinition {
  const identity = (bytes: Buffer): Buffer => bytes;
  return {
    Export: {
      path: exportPath(signal),
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    },
  };
}

function close(
  listener: NetServer,
  server: Server,
  sockets: ReadonlySet<Socket>,
  withinMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.forceShutdown();
      for (const socket of sockets) socket.destroy();
    }, withinMs);
    listener.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.tryShutdown(() => {
      for (const socket of sockets) socket.end();
    });
  });
}
