import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../log.ts";
import type { Endpoint } from "../receive/bind-server.ts";
import { defaultHttpLimits, type HttpListener, listenHttp } from "../receive/http-listener.ts";
import type { Telemetry } from "../telemetry.ts";
import { isHostAllowed } from "./host-check.ts";
import type { Readiness } from "./readiness.ts";

/** The answer of a page; `headers` go over the default ones. */
interface AdminAnswer {
  readonly httpStatus: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A read-only page; what it throws is answered with 500. */
export type AdminRoute = (query: URLSearchParams) => AdminAnswer | Promise<AdminAnswer>;

/** Options of `createAdminServer`. */
export interface AdminServerOptions {
  /** The host should be a loopback address; there is no authentication. */
  readonly endpoint: Endpoint;
  /** Further names under which the server may be asked. */
  readonly allowedHosts?: readonly string[];
  readonly readiness: () => Readiness;
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** Further pages by exact path, e.g. `/`; the built-in paths win. */
  readonly routes?: ReadonlyMap<string, AdminRoute>;
}

/** A running admin server. */
export type AdminServer = Pick<HttpListener, "address" | "shutdown">;

const plainText = "text/plain; charset=utf-8";

/** Serves /metrics, /healthz, /readyz and `routes`; resolves once it listens. */
export async function createAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { endpoint, telemetry, log } = options;
  const routes = new Map([...(options.routes ?? []), ...builtInRoutes(options)]);
  const hosts = [endpoint.host, ...(options.allowedHosts ?? [])];
  const listener = await listenHttp({
    endpoint,
    limits: { ...defaultHttpLimits, maxConnections: 64 },
    onRequest: (request, response) =>
      void answerTo(request, hosts, routes, log).then((answer) => send(request, response, answer)),
    onRefusedConnection: () => telemetry.refusedConnections.add({ transport: "admin" }),
    onError: (error) =>
      log.warn("cannot take a connection", { about: "admin", error: error.message }),
  });
  return { address: listener.address, shutdown: listener.shutdown };
}

function builtInRoutes(options: AdminServerOptions): ReadonlyMap<string, AdminRoute> {
  const { telemetry, readiness } = options;
  return new Map<string, AdminRoute>([
    ["/healthz", () => textAnswer(200, "ok")],
    [
      "/readyz",
      () => {
        const { isReady, reasons } = readiness();
        return textAnswer(
          isReady ? 200 : 503,
          [isReady ? "ready" : "not ready", ...reasons].join("\n"),
        );
      },
    ],
    [
      "/metrics",
      async () => ({
        httpStatus: 200,
        contentType: telemetry.contentType,
        body: await telemetry.render(),
      }),
    ],
  ]);
}

async function answerTo(
  request: IncomingMessage,
  hosts: readonly string[],
  routes: ReadonlyMap<string, AdminRoute>,
  log: Log,
): Promise<AdminAnswer> {
  if (!isHostAllowed(request.headers.host, hosts))
    return textAnswer(403, "this host name is not served");
  const [path = "", query = ""] = (request.url ?? "").split(/\?(.*)/s, 2);
  const route = routes.get(path);
  if (!route) return textAnswer(404, "no such page");
  if (request.method !== "GET" && request.method !== "HEAD")
    return { ...textAnswer(405, "read only"), headers: { allow: "GET, HEAD" } };
  try {
    return await route(new URLSearchParams(query));
  } catch (error) {
    log.warn("admin page failed", { about: path, error: String(error) });
    return textAnswer(500, "internal error");
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: AdminAnswer): void {
  if (response.destroyed) return;
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  response.writeHead(answer.httpStatus, {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    ...answer.headers,
    // A body we do not want is not read, so the connection cannot be used again.
    ...(request.complete ? {} : { connection: "close" }),
    "content-type": answer.contentType,
    "content-length": body.byteLength,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function textAnswer(httpStatus: number, text: string): AdminAnswer {
  return { httpStatus, contentType: plainText, body: `${text}\n` };
}
