import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { bindServer, type Endpoint } from "./bind-server.ts";
import { type ListenOptions, tlsOptionsOf } from "./listen-options.ts";

/** What one listener spends on its clients; times in ms. */
export interface HttpLimits {
  readonly maxConnections: number;
  /** Until the headers are complete, counted from the connection or the request before. */
  readonly headersTimeoutMs: number;
  /** Until the whole request is there. */
  readonly requestTimeoutMs: number;
  /** How long a connection may idle between requests. */
  readonly keepAliveTimeoutMs: number;
  readonly maxHeaderBytes: number;
}

/** Limits that suit OTLP senders on a network of one's own. */
export const defaultHttpLimits: HttpLimits = {
  maxConnections: 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 60_000,
  maxHeaderBytes: 16_384,
};

/** A listening HTTP server. */
export interface HttpListener {
  /** The address bound, with the real port. */
  readonly address: Endpoint;
  isClosing(): boolean;
  /** Stops accepting, lets requests in flight end within `withinMs`, then cuts them; safe twice. */
  shutdown(withinMs?: number): Promise<void>;
}

/** Options of `listenHttp`; `onRequest` may be async but must not reject. */
export interface HttpListenerOptions {
  readonly endpoint: Pick<ListenOptions, "host" | "port" | "tls">;
  readonly limits: HttpLimits;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onRefusedConnection: () => void;
  /** An accept that failed, e.g. for want of file descriptors, or a handshake; the server goes on. */
  readonly onError: (error: Error) => void;
}

/** Binds and serves; rejects when the address cannot be bound. A client that expects `100 Continue` is passed on unanswered. */
export async function listenHttp(options: HttpListenerOptions): Promise<HttpListener> {
  const { endpoint, limits, onRequest } = options;
  const settings: ServerOptions = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    connectionsCheckingInterval: Math.max(50, Math.min(2000, limits.headersTimeoutMs / 4)),
  };
  const server: Server =
    endpoint.tls === undefined
      ? createServer(settings)
      : createTlsServer({ ...settings, ...tlsOptionsOf(endpoint.tls, limits.headersTimeoutMs) });
  server.maxConnections = limits.maxConnections;
  server.on("drop", options.onRefusedConnection);
  let isClosing = false;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    // Without listeners, a socket that breaks in mid-air would end the process.
    request.on("error", ignore);
    response.on("error", ignore);
    response.on("finish", () => isClosing && server.closeIdleConnections());
    onRequest(request, response);
  };
  server.on("request", serve);
  server.on("checkContinue", serve);
  const address = await bindServer(server, endpoint);
  server.on("error", options.onError);
  server.on("tlsClientError", options.onError);

  let closed: Promise<void> | undefined;
  return {
    address,
    isClosing: () => isClosing,
    shutdown(withinMs = 5000) {
      isClosing = true;
      closed ??= close(server, withinMs);
      return closed;
    },
  };
}

function close(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function ignore(): void {}
