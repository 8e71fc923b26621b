import { Client, credentials } from "@grpc/grpc-js";

/** Sends protobuf trace requests over OTLP/gRPC. */
export interface GrpcSender {
  send(body: Uint8Array): Promise<void>;
  shutdown(): void;
}

/** Creates a sender to `port` on loopback. */
export function createGrpcSender(port: number): GrpcSender {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const raw = (bytes: Buffer): Buffer => bytes;
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
          raw,
          raw,
          Buffer.from(body),
          (error) => (error ? reject(error) : resolve()),
        );
      }),
    shutdown: () => client.close(),
  };
}
