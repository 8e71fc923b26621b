import { z } from "zod";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** Where telemetry comes in. */
export interface ReceiversConfig {
  readonly otlp: {
    /** Absent: the protocol is turned off. */
    readonly grpc?: Endpoint;
    readonly http?: Endpoint;
    /** Figures that senders bring along are kept; otherwise they are cut out first. */
    readonly isTrusted: boolean;
  };
}

function protocol(defaultEndpoint: string) {
  return z
    .strictObject({
      enabled: z.boolean().default(true),
      endpoint: endpoint.prefault(defaultEndpoint),
    })
    .prefault({});
}

/** Section `receivers`. */
export const receiversConfig: z.ZodType<ReceiversConfig> = z
  .strictObject({
    otlp: z
      .strictObject({
        protocols: z
          .strictObject({ grpc: protocol("127.0.0.1:4317"), http: protocol("127.0.0.1:4318") })
          .prefault({}),
        trusted: z.boolean().default(false),
      })
      .prefault({}),
  })
  .prefault({})
  .transform(({ otlp: { protocols, trusted } }) => ({
    otlp: {
      ...(protocols.grpc.enabled ? { grpc: protocols.grpc.endpoint } : {}),
      ...(protocols.http.enabled ? { http: protocols.http.endpoint } : {}),
      isTrusted: trusted,
    },
  }));
