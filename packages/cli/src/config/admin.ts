import { z } from "zod";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** Where metrics and the state of the process are shown. */
export interface AdminConfig {
  readonly endpoint: Endpoint;
}

/** Section `admin`. */
export const adminConfig: z.ZodType<AdminConfig> = z
  .strictObject({ endpoint: endpoint.prefault("127.0.0.1:9465") })
  .prefault({});
