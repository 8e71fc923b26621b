import type { Server } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Endpoint } from "./bind-server.ts";

/** PEM texts of a server; with `clientCa` only clients with a certificate of it are let in. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
}

/** Where to listen, and who is let in. */
export interface ListenOptions extends Endpoint {
  /** Absent: plain. */
  readonly tls?: ServerTls;
  /** A sender must show one of them; absent or empty: none is asked for. */
  readonly bearerTokens?: readonly string[];
}

/** How Node's servers are told of it; a handshake takes at most `handshakeTimeoutMs`. */
export function tlsOptionsOf(tls: ServerTls, handshakeTimeoutMs: number): TlsOptions {
  const { cert, key, clientCa } = tls;
  const mutual =
    clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return {
    cert,
    key,
    ...mutual,
    noDelay: true,
    minVersion: "TLSv1.2",
    handshakeTimeout: handshakeTimeoutMs,
  };
}

/** A TLS server for HTTP/2, which clients choose by ALPN; `onSocket` gets what is decrypted. */
export function createHttp2TlsServer(
  tls: ServerTls,
  handshakeTimeoutMs: number,
  onSocket: Parameters<typeof createTlsServer>[1],
): Server {
  const options = { ...tlsOptionsOf(tls, handshakeTimeoutMs), ALPNProtocols: ["h2"] };
  return createTlsServer(options, onSocket);
}
