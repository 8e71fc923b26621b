import { hostname, networkInterfaces } from "node:os";
import type { Config } from "./config.ts";
import { type Endpoint, formatEndpoint } from "./endpoint.ts";
import type { ExporterConfig } from "./exporters.ts";
import { formatPath, type Problem } from "./problem.ts";

interface Listener {
  readonly path: string;
  readonly endpoint: Endpoint;
  /** Strangers are turned away, or cannot listen in. */
  readonly isGuarded: boolean;
}

const endpointKeys = [
  ["endpoint", "endpoint"],
  ["tracesEndpoint", "traces_endpoint"],
  ["metricsEndpoint", "metrics_endpoint"],
  ["logsEndpoint", "logs_endpoint"],
] as const;

/** This machine's name, then its addresses, in lower case. */
export function ownHosts(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return [hostname(), ...addresses.map(({ address }) => address)].map((host) => host.toLowerCase());
}

/** Two listeners at one address, exporters without an address, and exporters that send to our own receivers. */
export function networkProblems(config: Config, hosts: readonly string[]): readonly Problem[] {
  const { receivers, all } = listenersOf(config);
  return [
    ...all.flatMap(({ path, endpoint }, index) => {
      const rival = all.slice(0, index).find((other) => collide(other.endpoint, endpoint));
      if (rival === undefined) return [];
      return [{ path, message: `${formatEndpoint(endpoint)} is taken by ${rival.path}` }];
    }),
    ...Object.entries(config.exporters).flatMap(([name, exporter]) =>
      exporterProblems(formatPath(["exporters", name]), exporter, receivers, hosts),
    ),
  ];
}

/** Listeners that others than this machine reach, and exporters that nobody configured. */
export function networkWarnings(config: Config): readonly Problem[] {
  const open = listenersOf(config).all.filter(
    ({ endpoint, isGuarded }) => !isGuarded && !isLoopback(endpoint.host),
  );
  const warnings = open.map(({ path, endpoint }) => ({
    path,
    message: `${formatEndpoint(endpoint)} is open to the network, without TLS or a token: put a proxy or a firewall in front`,
  }));
  warnings.push(...unverifiedWarnings(config));
  if (config.exportersFrom !== "default") return warnings;
  const url = Object.values(config.exporters)[0]?.endpoint ?? "";
  return [...warnings, { path: "exporters", message: `none is configured: sending to ${url}` }];
}

function listenersOf({ receivers: { otlp }, admin }: Config): {
  readonly receivers: readonly Listener[];
  readonly all: readonly Listener[];
} {
  const receivers = otlp.flatMap((receiver) =>
    (["grpc", "http"] as const).flatMap((protocol): readonly Listener[] => {
      const endpoint = receiver[protocol];
      if (endpoint === undefined) return [];
      const path = formatPath(["receivers", receiver.name, "protocols", protocol, "endpoint"]);
      const { tls, auth } = endpoint;
      return [{ path, endpoint, isGuarded: tls !== undefined || auth !== undefined }];
    }),
  );
  const own = { path: "admin.endpoint", endpoint: admin.endpoint, isGuarded: false };
  return { receivers, all: [...receivers, own] };
}

/** Backends and sites that anyone could stand in for. */
function unverifiedWarnings({ exporters, sites }: Config): readonly Problem[] {
  const sections = [
    [["exporters"], exporters],
    [["sites", "peers"], sites.peers],
  ] as const;
  return sections.flatMap(([path, all]) =>
    Object.entries(all).flatMap(([name, { tls }]) =>
      tls?.isUnverified === true
        ? [
            {
              path: `${formatPath([...path, name])}.tls.insecure_skip_verify`,
              message: "whoever answers is believed to be the backend",
            },
          ]
        : [],
    ),
  );
}

function exporterProblems(
  path: string,
  exporter: ExporterConfig,
  receivers: readonly Listener[],
  hosts: readonly string[],
): readonly Problem[] {
  const given = endpointKeys.flatMap(([key, written]) => {
    const text = exporter[key];
    return text === undefined ? [] : [{ path: `${path}.${written}`, text }];
  });
  if (given.length === 0) return [{ path: `${path}.endpoint`, message: "is missing" }];
  return given.flatMap(({ path: where, text }) => {
    const own = receivers.find(({ endpoint }) => reaches(text, endpoint, hosts));
    if (own === undefined) return [];
    return [
      { path: where, message: `${text} is our own receiver (${own.path}): spans would go round` },
    ];
  });
}

function collide(a: Endpoint, b: Endpoint): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  const isSame = a.host.toLowerCase() === b.host.toLowerCase();
  return (
    isSame || isWildcard(a.host) || isWildcard(b.host) || (isLoopback(a.host) && isLoopback(b.host))
  );
}

function reaches(text: string, endpoint: Endpoint, hosts: readonly string[]): boolean {
  const url = new URL(text);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (port !== endpoint.port) return false;
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
  if (host === endpoint.host.toLowerCase() || isWildcard(host)) return true;
  if (isWildcard(endpoint.host)) return isLoopback(host) || hosts.includes(host);
  // A machine's own name often resolves to a loopback address.
  return isLoopback(endpoint.host) ? isLoopback(host) || host === hosts[0] : host === hosts[0];
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "::1" ||
    /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(name)
  );
}
