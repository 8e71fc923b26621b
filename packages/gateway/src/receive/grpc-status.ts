import { status as grpcCodes, Metadata } from "@grpc/grpc-js";
import { statusBody } from "@wattspan/otlp";

/** The parts of a gRPC status that answer a refused export. */
export interface GrpcRefusal {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

const maxDetailsLength = 1024;

/** The gRPC status of a refusal; only `busy` is retryable and carries a google.rpc.RetryInfo. */
export function refuseGrpc(
  reason: "malformed" | "too_large" | "busy" | "failed",
  message: string,
  retryAfterSeconds: number,
): GrpcRefusal {
  const details = sendable(message);
  const metadata = new Metadata();
  const code = {
    malformed: grpcCodes.INVALID_ARGUMENT,
    too_large: grpcCodes.RESOURCE_EXHAUSTED,
    busy: grpcCodes.UNAVAILABLE,
    failed: grpcCodes.INTERNAL,
  }[reason];
  if (reason === "busy")
    metadata.set("grpc-status-details-bin", retryDetails(code, details, retryAfterSeconds));
  return { code, details, metadata };
}

// grpc-js percent-encodes the text and throws on half a surrogate pair; Buffer replaces it.
function sendable(message: string): string {
  return Buffer.from(message.slice(0, maxDetailsLength)).toString();
}

// google.rpc.Status { details: Any { type_url, value: RetryInfo { retry_delay: Duration { seconds } } } }
function retryDetails(code: number, message: string, seconds: number): Buffer {
  const retryInfo = field(1, Buffer.concat([Buffer.of(0x08), varint(seconds)]));
  const any = Buffer.concat([
    field(1, Buffer.from("type.googleapis.com/google.rpc.RetryInfo")),
    field(2, retryInfo),
  ]);
  return Buffer.concat([statusBody("protobuf", code, message), field(3, any)]);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
