import {
  status as grpcCodes,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerListenerBuilder,
} from "@grpc/grpc-js";
import type { RequestOutcome, Telemetry } from "../telemetry.ts";
import type { Signal } from "./accept.ts";
import type { CheckBearer } from "./check-bearer.ts";

/** Limits of a gRPC server over all its connections. */
export interface GrpcGuardLimits {
  /** Calls in progress; one more is answered UNAVAILABLE, which senders retry. */
  readonly maxCalls: number;
  /** Until the message of a call is complete, ms. */
  readonly requestTimeoutMs: number;
}

/** What a guard is made of. */
export interface GrpcGuardOptions {
  readonly limits: GrpcGuardLimits;
  readonly signalOf: (path: string) => Signal | "none";
  readonly isLetIn: CheckBearer;
  readonly telemetry: Telemetry;
}

/** Lets calls with a known token in, bounds them in number and time, and counts those that end before they reach the service. */
export function createGrpcGuard({
  limits,
  signalOf,
  isLetIn,
  telemetry,
}: GrpcGuardOptions): ServerInterceptor {
  let calls = 0;
  return (method, call) => {
    let isOver = false;
    let hasMessage = false;
    let isServed = false;
    const end = (outcome: RequestOutcome): void => {
      if (isOver) return;
      isOver = true;
      calls -= 1;
      clearTimeout(timer);
      if (!isServed)
        telemetry.requests.add({ signal: signalOf(method.path), transport: "grpc", outcome });
    };
    // The library answers oversized and broken messages below its interceptors, by this method of its own.
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (given) => {
      const status = clarify(given);
      end(outcomes.get(status.code) ?? "failed");
      sendStatus(status);
    };
    calls += 1;
    const timer = setTimeout(
      () =>
        call.sendStatus({
          code: grpcCodes.DEADLINE_EXCEEDED,
          details: "the request took too long",
        }),
      limits.requestTimeoutMs,
    );
    if (calls > limits.maxCalls)
      call.sendStatus({ code: grpcCodes.UNAVAILABLE, details: "too many calls are in progress" });
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        const [authorization] = metadata.get("authorization");
        if (isLetIn(authorization?.toString())) next(metadata);
        else call.sendStatus(NO_TOKEN);
      })
      .withOnReceiveMessage((message, next) => {
        hasMessage = true;
        next(message);
      })
      .withOnReceiveHalfClose((next) => {
        // A call that breaks off looks like one that ends without its message.
        if (!hasMessage) end("aborted");
        isServed = hasMessage;
        clearTimeout(timer);
        next();
      })
      .withOnCancel(() => end("aborted"))
      .build();
    return new ServerInterceptingCall(call, { start: (next) => next(listener) });
  };
}

type PartialStatus = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

const outcomes: ReadonlyMap<number | undefined | null, RequestOutcome> = new Map([
  [grpcCodes.RESOURCE_EXHAUSTED, "too_large"],
  [grpcCodes.INVALID_ARGUMENT, "malformed"],
  [grpcCodes.UNAVAILABLE, "busy"],
  [grpcCodes.DEADLINE_EXCEEDED, "timeout"],
  [grpcCodes.UNIMPLEMENTED, "unsupported"],
  [grpcCodes.UNAUTHENTICATED, "unauthorized"],
]);

const NO_TOKEN: PartialStatus = {
  code: grpcCodes.UNAUTHENTICATED,
  details: "a bearer token is needed",
};

// A gzip body that does not decompress is the sender's fault, which INTERNAL would not say.
function clarify(status: PartialStatus): PartialStatus {
  return status.code === grpcCodes.INTERNAL && status.details === "Failed to decompress message"
    ? { ...status, code: grpcCodes.INVALID_ARGUMENT }
    : status;
}
