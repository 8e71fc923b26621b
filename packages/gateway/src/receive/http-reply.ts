import type { IncomingMessage, ServerResponse } from "node:http";
import { type Encoding, exportResponse, statusBody } from "@wattspan/otlp";
import { type Decision, retryAfterSecondsOf, type Signal } from "./accept.ts";
import { type HttpRoute, mediaTypes } from "./http-route.ts";

/** A complete HTTP answer. */
export interface HttpReply {
  readonly httpStatus: number;
  readonly contentType: string;
  readonly body: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

// Codes of google.rpc.Code and the HTTP status each goes with.
const refusals = {
  malformed: { httpStatus: 400, code: 3 },
  too_large: { httpStatus: 413, code: 8 },
  busy: { httpStatus: 503, code: 14 },
} as const;

/** The OTLP answer to a decision, in the encoding of the request. */
export function replyTo(decision: Decision, signal: Signal, encoding: Encoding): HttpReply {
  const contentType = mediaTypes[encoding];
  switch (decision.status) {
    case "accepted":
      return {
        httpStatus: 200,
        contentType,
        body: exportResponse(encoding, signal, decision.rejected, decision.message),
      };
    case "refused": {
      const { httpStatus, code } = refusals[decision.reason];
      const body = statusBody(encoding, code, decision.message);
      if (decision.reason !== "busy") return { httpStatus, contentType, body };
      const seconds = retryAfterSecondsOf(decision.retryAfterSeconds);
      return { httpStatus, contentType, body, headers: { "retry-after": String(seconds) } };
    }
    default:
      return { httpStatus: 500, contentType, body: statusBody(encoding, 13, "internal error") };
  }
}

/** The answer to a sender without a token that is known. */
export function replyUnauthorized(encoding: Encoding): HttpReply {
  return {
    httpStatus: 401,
    contentType: mediaTypes[encoding],
    body: statusBody(encoding, 16, "a bearer token is needed"),
    headers: { "www-authenticate": "Bearer" },
  };
}

/** The answer to a request that is no OTLP export: plain text, as there is no encoding to answer in. */
export function replyUnsupported(route: Extract<HttpRoute, { status: "unsupported" }>): HttpReply {
  return {
    httpStatus: route.httpStatus,
    contentType: "text/plain; charset=utf-8",
    body: `${route.message}\n`,
    ...(route.allow === undefined ? {} : { headers: { allow: route.allow } }),
  };
}

/** Sends `reply`; a client that is still sending is read on for `lingerMs`, so it sees the answer before the end. */
export function sendReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: HttpReply,
  options: { readonly isClosing: boolean; readonly lingerMs: number },
): void {
  if (response.destroyed || response.headersSent) return;
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.httpStatus, {
    ...reply.headers,
    ...(options.isClosing ? { connection: "close" } : {}),
    "content-type": reply.contentType,
    "content-length": body.byteLength,
  });
  response.end(request.method === "HEAD" ? undefined : body);
  if (request.complete) return;
  // Cutting at once would reset the connection, and the client would see that instead of the answer.
  const cut = setTimeout(() => request.socket.destroy(), options.lingerMs);
  request.once("close", () => clearTimeout(cut));
  request.resume();
}
