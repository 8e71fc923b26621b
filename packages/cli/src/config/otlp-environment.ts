import type { Environment } from "./expand-environment.ts";
import {
  defaultExporter,
  type ExporterConfig,
  type ExportersConfig,
  isHeader,
  isHttpUrl,
} from "./exporters.ts";
import type { Problem } from "./problem.ts";

/** Exporters and who named them. */
export interface NamedExporters {
  readonly exporters: ExportersConfig;
  readonly exportersFrom: "files" | "environment" | "default";
  readonly problems: readonly Problem[];
}

/** Where a Collector listens whose OTLP/HTTP port was moved out of the way of our own receiver. */
const defaultEndpoint = "http://127.0.0.1:14318";

/**
 * The configured exporters, or, where there is none, one named `backend` made from `OTEL_EXPORTER_OTLP_*`.
 * An empty variable counts as unset.
 */
export function nameExporters(configured: ExportersConfig, env: Environment): NamedExporters {
  if (Object.keys(configured).length > 0) {
    return { exporters: configured, exportersFrom: "files", problems: [] };
  }
  const problems: Problem[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined, expected: string) => {
    const variable = `OTEL_EXPORTER_OTLP_${name}`;
    const text = env[variable]?.trim();
    if (text === undefined || text === "") return undefined;
    const value = parse(text);
    if (value === undefined) {
      problems.push({ file: "environment", path: variable, message: `expected ${expected}` });
    }
    return value;
  };
  const url = (text: string): string | undefined => (isHttpUrl(text) ? text : undefined);
  read("PROTOCOL", (text) => (/^http\/(?:protobuf|json)$/.test(text) ? text : undefined), "http/*");
  const endpoint = read("ENDPOINT", url, "an http or https URL");
  const tracesEndpoint = read("TRACES_ENDPOINT", url, "an http or https URL");
  const metricsEndpoint = read("METRICS_ENDPOINT", url, "an http or https URL");
  const logsEndpoint = read("LOGS_ENDPOINT", url, "an http or https URL");
  const isNamed = [endpoint, tracesEndpoint, metricsEndpoint, logsEndpoint].some(
    (given) => given !== undefined,
  );
  const base = isNamed ? endpoint : defaultEndpoint;
  const path = (text: string): string => text;
  const caFile = read("CERTIFICATE", path, "a file");
  const certFile = read("CLIENT_CERTIFICATE", path, "a file");
  const keyFile = read("CLIENT_KEY", path, "a file");
  const isSecured = [caFile, certFile, keyFile].some((file) => file !== undefined);
  const backend: ExporterConfig = {
    ...defaultExporter,
    ...(base === undefined ? {} : { endpoint: base }),
    ...(tracesEndpoint === undefined ? {} : { tracesEndpoint }),
    ...(metricsEndpoint === undefined ? {} : { metricsEndpoint }),
    ...(logsEndpoint === undefined ? {} : { logsEndpoint }),
    headers: read("HEADERS", parseHeaders, "key=value pairs, percent-encoded, with commas") ?? {},
    compression: read("COMPRESSION", parseCompression, "gzip or none") ?? "gzip",
    timeoutMs: read("TIMEOUT", parseMilliseconds, "whole milliseconds above 0") ?? 10_000,
    ...(isSecured
      ? {
          tls: {
            ...(caFile === undefined ? {} : { caFile }),
            ...(certFile === undefined ? {} : { certFile }),
            ...(keyFile === undefined ? {} : { keyFile }),
            isUnverified: false,
          },
        }
      : {}),
  };
  return {
    exporters: { backend },
    exportersFrom: isNamed ? "environment" : "default",
    problems,
  };
}

function parseCompression(text: string): "gzip" | "none" | undefined {
  return text === "gzip" || text === "none" ? text : undefined;
}

function parseMilliseconds(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

/** Headers as in W3C baggage without properties: `key=value,key2=value%202`. */
function parseHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const headers: [string, string][] = [];
  for (const member of text.split(",").map((part) => part.trim())) {
    if (member === "") continue;
    const separator = member.indexOf("=");
    const name = decoded(member.slice(0, separator).trim());
    const value = decoded(member.slice(separator + 1).trim());
    if (separator < 1 || name === undefined || value === undefined || !isHeader(name, value)) {
      return undefined;
    }
    headers.push([name, value]);
  }
  return Object.fromEntries(headers);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
