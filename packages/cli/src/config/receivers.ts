import { z } from "zod";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { type ServerAuthConfig, type ServerTlsConfig, serverAuth, serverTls } from "./transport.ts";

/** Where one protocol listens, and who is let in. */
export interface ProtocolConfig extends Endpoint {
  readonly tls?: ServerTlsConfig;
  readonly auth?: ServerAuthConfig;
}

/** One OTLP receiver. */
interface OtlpReceiverConfig {
  /** Its key in the configuration: `otlp`, or `otlp/NAME`. */
  readonly name: string;
  /** Absent: the protocol is turned off. */
  readonly grpc?: ProtocolConfig;
  readonly http?: ProtocolConfig;
  /** Figures that senders bring along are kept; otherwise they are cut out first. */
  readonly isTrusted: boolean;
}

/** Where telemetry comes in. */
export interface ReceiversConfig {
  /** At least one. */
  readonly otlp: readonly OtlpReceiverConfig[];
}

function protocol(defaultEndpoint: string) {
  return z
    .strictObject({
      enabled: z.boolean().default(true),
      endpoint: endpoint.prefault(defaultEndpoint),
      tls: serverTls.exactOptional(),
      auth: serverAuth.exactOptional(),
    })
    .prefault({});
}

const otlp = z.strictObject({
  protocols: z
    .strictObject({ grpc: protocol("127.0.0.1:4317"), http: protocol("127.0.0.1:4318") })
    .prefault({}),
  trusted: z.boolean().default(false),
});

type GivenProtocol = z.output<typeof otlp>["protocols"]["grpc"];

/** Section `receivers`: `otlp`, and any number of `otlp/NAME`. */
export const receiversConfig: z.ZodType<ReceiversConfig> = z
  .object({ otlp: otlp.exactOptional() })
  .catchall(otlp)
  .prefault({})
  .superRefine((given, context) => {
    for (const key of Object.keys(given)) {
      if (key === "otlp" || /^otlp\/./.test(key)) continue;
      const message = "unknown key; a receiver is called otlp, or otlp/NAME";
      context.addIssue({ code: "custom", message, path: [key] });
    }
  })
  .transform((given) => {
    const named = Object.entries(given).flatMap(([name, receiver]) =>
      receiver === undefined ? [] : [receiverOf(name, receiver)],
    );
    return { otlp: named.length > 0 ? named : [receiverOf("otlp", otlp.parse({}))] };
  });

function receiverOf(
  name: string,
  { protocols, trusted }: z.output<typeof otlp>,
): OtlpReceiverConfig {
  return {
    name,
    ...(protocols.grpc.enabled ? { grpc: protocolOf(protocols.grpc) } : {}),
    ...(protocols.http.enabled ? { http: protocolOf(protocols.http) } : {}),
    isTrusted: trusted,
  };
}

function protocolOf({ endpoint: { host, port }, tls, auth }: GivenProtocol): ProtocolConfig {
  return {
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
    ...(auth === undefined ? {} : { auth }),
  };
}
