import type { ConnectionOptions } from "node:tls";

/** PEM texts and names for TLS to a peer; every part is optional. */
export interface ClientTls {
  /** Authorities to believe instead of the well-known ones. */
  readonly ca?: string;
  /** Our own certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Name that the peer's certificate must have, instead of the host of its address. */
  readonly serverName?: string;
  /** Whoever answers is believed to be the peer. */
  readonly isUnverified?: boolean;
}

/** The options as Node takes them. */
export function tlsOptionsOf({
  ca,
  cert,
  key,
  serverName,
  isUnverified,
}: ClientTls): ConnectionOptions {
  return {
    minVersion: "TLSv1.2",
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(isUnverified === true ? { rejectUnauthorized: false } : {}),
  };
}
