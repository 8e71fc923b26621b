import type { Pipeline } from "../pipeline.ts";
import type { AdminRoute } from "./admin-server.ts";

/** What this process knows of devices and requests, as JSON. */
export function ledgerRoute(pipeline: Pick<Pipeline, "summary">): AdminRoute {
  return () => ({
    httpStatus: 200,
    contentType: "application/json",
    body: JSON.stringify(pipeline.summary()),
  });
}
