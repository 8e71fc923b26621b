import type { IncomingHttpHeaders } from "node:http";
import type { Encoding } from "@wattspan/otlp";
import { type Signal, signals } from "./accept.ts";

/** What a request line and its headers ask for, or the HTTP status that says why not. */
export type HttpRoute =
  | {
      readonly status: "found";
      readonly signal: Signal;
      readonly encoding: Encoding;
      readonly isGzip: boolean;
    }
  | {
      readonly status: "unsupported";
      readonly httpStatus: 404 | 405 | 415;
      readonly message: string;
      readonly allow?: string;
    };

/** Media types of the two OTLP/HTTP encodings. */
export const mediaTypes: Readonly<Record<Encoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** Reads path, method, Content-Type (parameters and case ignored) and Content-Encoding, in this order. */
export function routeHttp(
  method: string | undefined,
  url: string | undefined,
  headers: IncomingHttpHeaders,
): HttpRoute {
  const path = (url ?? "").split("?", 1)[0];
  const signal = signals.find((name) => path === `/v1/${name}`);
  if (!signal)
    return unsupported(404, "no such path; OTLP is taken at /v1/traces, /v1/metrics and /v1/logs");
  if (method !== "POST") return { ...unsupported(405, "OTLP is sent with POST"), allow: "POST" };

  const mediaType = firstPart(headers["content-type"]);
  const encoding = (["protobuf", "json"] as const).find((name) => mediaTypes[name] === mediaType);
  if (!encoding)
    return unsupported(415, "Content-Type must be application/x-protobuf or application/json");

  const coding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (coding !== "" && coding !== "identity" && coding !== "gzip")
    return unsupported(415, "Content-Encoding must be gzip or identity");
  return { status: "found", signal, encoding, isGzip: coding === "gzip" };
}

function unsupported(
  httpStatus: 404 | 405 | 415,
  message: string,
): Extract<HttpRoute, { status: "unsupported" }> {
  return { status: "unsupported", httpStatus, message };
}

function firstPart(header: string | undefined): string | undefined {
  return header?.split(";", 1)[0]?.trim().toLowerCase();
}
