import { z } from "zod";
import { positiveDurationMs } from "./duration.ts";
import { type ExporterConfig, headers, url } from "./exporters.ts";
import { clientAuth, clientTls } from "./transport.ts";

/** The gateway of another site. */
interface SitePeer extends Pick<ExporterConfig, "headers" | "auth" | "tls" | "timeoutMs"> {
  /** Its OTLP/HTTP receiver; `/v1/traces` is appended to its path. */
  readonly endpoint: string;
}

/** Gateways of other sites with which a trace may be shared. */
export interface SitesConfig {
  /** Of this site; empty with no peers. */
  readonly name: string;
  /** Site name to its gateway. */
  readonly peers: Readonly<Record<string, SitePeer>>;
  /** How long a trace waits for a site that knows the parent of its topmost span here. */
  readonly parentWaitMs: number;
}

const peer: z.ZodType<SitePeer> = z
  .strictObject({
    endpoint: url,
    headers: headers.default({}),
    auth: clientAuth.exactOptional(),
    tls: clientTls.exactOptional(),
    timeout: positiveDurationMs.prefault("10s"),
  })
  .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }));

/** Section `sites`. */
export const sitesConfig: z.ZodType<SitesConfig> = z
  .strictObject({
    name: z.string().default(""),
    peers: z.record(z.string().min(1), peer).default({}),
    parent_wait: positiveDurationMs.prefault("30s"),
  })
  .prefault({})
  .transform(({ name, peers, parent_wait }) => ({ name, peers, parentWaitMs: parent_wait }));
