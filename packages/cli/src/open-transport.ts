import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { ExporterSettings, ListenOptions, ReceiverOptions } from "@wattspan/gateway";
import type { Config } from "./config/config.ts";
import type { ExporterConfig } from "./config/exporters.ts";
import { formatPath, type Problem } from "./config/problem.ts";
import type { ProtocolConfig } from "./config/receivers.ts";
import type {
  ClientAuthConfig,
  ClientTlsConfig,
  ServerAuthConfig,
  ServerTlsConfig,
} from "./config/transport.ts";

/** Receivers, exporters and gateways of other sites, with the content of their files. */
export interface Transport {
  readonly receivers: readonly ReceiverOptions[];
  readonly exporters: ReadonlyMap<string, ExporterSettings>;
  /** Site name to its gateway. */
  readonly peers: ReadonlyMap<string, ExporterSettings>;
}

/** Reads the certificates, keys and tokens that a configuration names; all that is wrong with them is returned at once. */
export async function openTransport(
  { receivers, exporters, sites }: Pick<Config, "receivers" | "exporters" | "sites">,
  readFile: (path: string) => Promise<string>,
): Promise<{ readonly transport: Transport } | { readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const files: Files = {
    async read(file, path) {
      try {
        return await readFile(file);
      } catch (error) {
        problems.push({ path, message: `cannot be read: ${(error as Error).message}` });
        return undefined;
      }
    },
    report: (path, message) => void problems.push({ path, message }),
  };
  const opened: ReceiverOptions[] = [];
  for (const { name, grpc, http, isTrusted } of receivers.otlp) {
    const path = `${formatPath(["receivers", name])}.protocols`;
    opened.push({
      ...(grpc === undefined ? {} : { grpc: await openProtocol(files, `${path}.grpc`, grpc) }),
      ...(http === undefined ? {} : { http: await openProtocol(files, `${path}.http`, http) }),
      isTrusted,
    });
  }
  const backends = await openExporters(files, ["exporters"], exporters);
  const peers = await openExporters(files, ["sites", "peers"], sites.peers);
  if (problems.length > 0) return { problems };
  return { transport: { receivers: opened, exporters: backends, peers } };
}

interface Files {
  /** Undefined after the problem was reported. */
  read(file: string, path: string): Promise<string | undefined>;
  report(path: string, message: string): void;
}

async function openProtocol(
  files: Files,
  path: string,
  { host, port, tls, auth }: ProtocolConfig,
): Promise<ListenOptions> {
  return {
    host,
    port,
    ...(tls === undefined ? {} : await openServerTls(files, `${path}.tls`, tls)),
    ...(auth === undefined ? {} : await openServerAuth(files, `${path}.auth`, auth)),
  };
}

async function openServerTls(
  files: Files,
  path: string,
  { certFile, keyFile, clientCaFile }: ServerTlsConfig,
): Promise<Pick<ListenOptions, "tls">> {
  const cert = await files.read(certFile, `${path}.cert_file`);
  const key = await files.read(keyFile, `${path}.key_file`);
  const clientCa = await readOptional(files, clientCaFile, `${path}.client_ca_file`);
  if (cert === undefined || key === undefined) return {};
  checkUse(files, path, () => createSecureContext({ cert, key }));
  checkAuthority(files, `${path}.client_ca_file`, clientCa);
  return { tls: { cert, key, ...(clientCa === undefined ? {} : { clientCa }) } };
}

async function openServerAuth(
  files: Files,
  path: string,
  { bearerTokens, bearerTokenFile }: ServerAuthConfig,
): Promise<Pick<ListenOptions, "bearerTokens">> {
  const where = `${path}.bearer_token_file`;
  const text = await readOptional(files, bearerTokenFile, where);
  const more = text === undefined ? [] : tokensIn(text);
  if (text !== undefined && more.length === 0) files.report(where, "holds no token");
  else if (bearerTokens.length + more.length === 0 && bearerTokenFile === undefined)
    files.report(`${path}.bearer_tokens`, "is empty: nobody would be let in");
  return { bearerTokens: [...bearerTokens, ...more] };
}

/** What is read of an exporter; the gateway of a site has fewer settings. */
type ExporterLike = Pick<ExporterConfig, "headers"> & Partial<ExporterConfig>;

async function openExporters(
  files: Files,
  path: readonly string[],
  exporters: Readonly<Record<string, ExporterLike>>,
): Promise<ReadonlyMap<string, ExporterSettings>> {
  const opened = new Map<string, ExporterSettings>();
  for (const [name, exporter] of Object.entries(exporters)) {
    opened.set(name, await openExporter(files, formatPath([...path, name]), exporter));
  }
  return opened;
}

async function openExporter(
  files: Files,
  path: string,
  { tls, auth, ...settings }: ExporterLike,
): Promise<ExporterSettings> {
  const authorization = await openClientAuth(files, `${path}.auth`, auth);
  return {
    ...settings,
    headers: { ...settings.headers, ...authorization },
    ...(tls === undefined ? {} : { tls: await openClientTls(files, `${path}.tls`, tls) }),
  };
}

async function openClientTls(
  files: Files,
  path: string,
  { caFile, certFile, keyFile, serverName, isUnverified }: ClientTlsConfig,
): Promise<NonNullable<ExporterSettings["tls"]>> {
  const ca = await readOptional(files, caFile, `${path}.ca_file`);
  const cert = await readOptional(files, certFile, `${path}.cert_file`);
  const key = await readOptional(files, keyFile, `${path}.key_file`);
  checkAuthority(files, `${path}.ca_file`, ca);
  if (cert !== undefined && key !== undefined)
    checkUse(files, path, () => createSecureContext({ cert, key }));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
    isUnverified,
  };
}

async function openClientAuth(
  files: Files,
  path: string,
  auth: ClientAuthConfig | undefined,
): Promise<Readonly<Record<string, string>>> {
  const where = `${path}.bearer_token_file`;
  const text = await readOptional(files, auth?.bearerTokenFile, where);
  const token = auth?.bearerToken ?? (text === undefined ? undefined : tokensIn(text)[0]);
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (text !== undefined) files.report(where, "holds no token");
  return {};
}

async function readOptional(
  files: Files,
  file: string | undefined,
  path: string,
): Promise<string | undefined> {
  return file === undefined ? undefined : files.read(file, path);
}

function tokensIn(text: string): readonly string[] {
  return text.split(/\s+/).filter((token) => token !== "");
}

// A context passes over an authority that it cannot read.
function checkAuthority(files: Files, path: string, ca: string | undefined): void {
  if (ca !== undefined) checkUse(files, path, () => new X509Certificate(ca));
}

/** What OpenSSL says of certificates and keys that it does not take. */
function checkUse(files: Files, path: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    files.report(path, `is no use: ${(error as Error).message}`);
  }
}
