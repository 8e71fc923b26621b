import type { Environment } from "./expand-environment.ts";
import {
  defaultExporter,
  type ExporterConfig,
  type ExportersConfig,
  isHeader,
  isHttpUrl,
} from "./exporters.ts";
import type { Problem } from "./problem.ts";
import { type ClientTlsConfig, clientTls } from "./transport.ts";

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
  const tls = readTls(env);
  problems.push(...tls.problems);
  const backend: ExporterConfig = {
    ...defaultExporter,
    ...(base === undefined ? {} : { endpoint: base }),
    ...(tracesEndpoint === undefined ? {} : { tracesEndpoint }),
    ...(metricsEndpoint === undefined ? {} : { metricsEndpoint }),
    ...(logsEndpoint === undefined ? {} : { logsEndpoint }),
    headers:
      read("HEADERS", parseHeaders, "key=value pairs, percent-encoded, with commas") ??
      defaultExporter.headers,
    compression:
      read("COMPRESSION", parseCompression, "gzip or none") ?? defaultExporter.compression,
    timeoutMs:
      read("TIMEOUT", parseMilliseconds, "whole milliseconds above 0") ?? defaultExporter.timeoutMs,
    ...(tls.config === undefined ? {} : { tls: tls.config }),
  };
  return {
    exporters: { backend },
    exportersFrom: isNamed ? "environment" : "default",
    problems,
  };
}

const tlsVariables = {
  ca_file: "OTEL_EXPORTER_OTLP_CERTIFICATE",
  cert_file: "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
  key_file: "OTEL_EXPORTER_OTLP_CLIENT_KEY",
} as const;

/** The files that variables name, under the rules of an exporter's `tls`. */
function readTls(env: Environment): {
  readonly config?: ClientTlsConfig;
  readonly problems: readonly Problem[];
} {
  const files = Object.entries(tlsVariables).flatMap(([key, variable]) => {
    const file = env[variable]?.trim() ?? "";
    return file === "" ? [] : [[key, file] as const];
  });
  if (files.length === 0) return { problems: [] };
  const parsed = clientTls.safeParse(Object.fromEntries(files));
  if (parsed.success) return { config: parsed.data, problems: [] };
  return {
    problems: parsed.error.issues.map(({ path: [key], message }) => ({
      file: "environment",
      path: tlsVariables[key as keyof typeof tlsVariables],
      message,
    })),
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
