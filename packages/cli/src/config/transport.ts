import { z } from "zod";

/** TLS of a listener, as files in PEM. */
export interface ServerTlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  /** With it only clients with a certificate of this authority are let in. */
  readonly clientCaFile?: string;
}

/** Which senders are let in. */
export interface ServerAuthConfig {
  readonly bearerTokens: readonly string[];
  /** More of them, one a line. */
  readonly bearerTokenFile?: string;
}

/** TLS to a backend, as files in PEM. */
export interface ClientTlsConfig {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
  /** Whoever answers is believed to be the backend. */
  readonly isUnverified: boolean;
}

/** What a backend is shown. */
export interface ClientAuthConfig {
  readonly bearerToken?: string;
  readonly bearerTokenFile?: string;
}

const text = z.string().min(1);

/** Key `tls` of a listener. */
export const serverTls: z.ZodType<ServerTlsConfig> = z
  .strictObject({ cert_file: text, key_file: text, client_ca_file: text.exactOptional() })
  .transform(({ cert_file, key_file, client_ca_file }) => ({
    certFile: cert_file,
    keyFile: key_file,
    ...(client_ca_file === undefined ? {} : { clientCaFile: client_ca_file }),
  }));

const token = text.regex(/^[\w.~+/-]+=*$/, {
  // The token is a secret and is not repeated.
  error: "not a bearer token: letters, digits and -._~+/ only",
});

/** Key `auth` of a listener. */
export const serverAuth: z.ZodType<ServerAuthConfig> = z
  .strictObject({
    bearer_tokens: z.array(token).default([]),
    bearer_token_file: text.exactOptional(),
  })
  .transform(({ bearer_tokens, bearer_token_file }) => ({
    bearerTokens: bearer_tokens,
    ...(bearer_token_file === undefined ? {} : { bearerTokenFile: bearer_token_file }),
  }));

/** Key `tls` of an exporter. */
export const clientTls: z.ZodType<ClientTlsConfig> = z
  .strictObject({
    ca_file: text.exactOptional(),
    cert_file: text.exactOptional(),
    key_file: text.exactOptional(),
    server_name_override: text.exactOptional(),
    insecure_skip_verify: z.boolean().default(false),
  })
  .superRefine(({ cert_file, key_file }, context) => {
    if ((cert_file === undefined) === (key_file === undefined)) return;
    const path = [cert_file === undefined ? "cert_file" : "key_file"];
    context.addIssue({ code: "custom", message: "is missing: the other half is there", path });
  })
  .transform((given) => ({
    ...(given.ca_file === undefined ? {} : { caFile: given.ca_file }),
    ...(given.cert_file === undefined ? {} : { certFile: given.cert_file }),
    ...(given.key_file === undefined ? {} : { keyFile: given.key_file }),
    ...(given.server_name_override === undefined ? {} : { serverName: given.server_name_override }),
    isUnverified: given.insecure_skip_verify,
  }));

/** Key `auth` of an exporter. */
export const clientAuth: z.ZodType<ClientAuthConfig> = z
  .strictObject({ bearer_token: token.exactOptional(), bearer_token_file: text.exactOptional() })
  .superRefine(({ bearer_token, bearer_token_file }, context) => {
    if (bearer_token === undefined || bearer_token_file === undefined) return;
    const message = "does not go with bearer_token: one of the two";
    context.addIssue({ code: "custom", message, path: ["bearer_token_file"] });
  })
  .transform(({ bearer_token, bearer_token_file }) => ({
    ...(bearer_token === undefined ? {} : { bearerToken: bearer_token }),
    ...(bearer_token_file === undefined ? {} : { bearerTokenFile: bearer_token_file }),
  }));
