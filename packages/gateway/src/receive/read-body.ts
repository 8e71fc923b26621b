import type { IncomingMessage } from "node:http";
import type { ByteHold } from "./byte-budget.ts";

/** A request body, or why there is none; after `too_large` and `busy` the rest is still to be drained. */
export type BodyRead =
  | { readonly status: "read"; readonly body: Uint8Array }
  | { readonly status: "too_large" }
  | { readonly status: "busy" }
  | { readonly status: "aborted" };

/** Collects a body up to `maxBytes`; every byte is taken from `hold`, which the caller releases. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  hold: ByteHold,
): Promise<BodyRead> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (read: BodyRead): void => {
      request.off("data", onData);
      request.off("end", onEnd);
      request.off("close", onClose);
      resolve(read);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) settle({ status: "too_large" });
      else if (!hold.add(chunk.length)) settle({ status: "busy" });
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle({ status: "read", body: joined(chunks, size) });
    const onClose = (): void => settle({ status: "aborted" });
    request.on("data", onData);
    request.on("end", onEnd);
    request.on("close", onClose);
  });
}

function joined(chunks: readonly Buffer[], size: number): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks, size);
}
