import { gunzip } from "node:zlib";

/** A body decompressed, or why not. */
type Inflated =
  | { readonly status: "inflated"; readonly body: Uint8Array }
  | { readonly status: "too_large" }
  | { readonly status: "malformed"; readonly message: string };

/** Decompresses gzip; never rejects, and stops at the limit whatever the body would become. */
export type Inflate = (body: Uint8Array) => Promise<Inflated>;

/** At most `concurrency` bodies are decompressed at a time, so memory stays below their number times `maxBytes`. */
export function createInflate(options: { maxBytes: number; concurrency?: number }): Inflate {
  const { maxBytes, concurrency = 4 } = options;
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (body) => {
    if (body.byteLength === 0) return { status: "inflated", body };
    if (running >= concurrency) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await inflateWithin(body, maxBytes);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

function inflateWithin(body: Uint8Array, maxBytes: number): Promise<Inflated> {
  return new Promise((resolve) => {
    gunzip(body, { maxOutputLength: maxBytes, chunkSize: 65_536 }, (error, inflated) => {
      if (!error) resolve({ status: "inflated", body: inflated });
      else if ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE")
        resolve({ status: "too_large" });
      else resolve({ status: "malformed", message: `gzip: ${error.message}` });
    });
  });
}
