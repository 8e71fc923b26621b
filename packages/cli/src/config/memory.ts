import { z } from "zod";
import { byteSize } from "./byte-size.ts";

/** What the process may use. */
export interface MemoryConfig {
  /** Objects and buffers together; absent: the limit of the heap alone. */
  readonly maxBytes?: number;
}

/** Section `memory`. */
export const memoryConfig: z.ZodType<MemoryConfig> = z
  .strictObject({ max_size: byteSize.exactOptional() })
  .prefault({})
  .transform(({ max_size }) => (max_size === undefined ? {} : { maxBytes: max_size }));
