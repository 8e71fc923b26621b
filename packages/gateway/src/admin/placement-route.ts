import type { Pipeline } from "../pipeline.ts";
import type { AdminRoute } from "./admin-server.ts";

/** The page that `wattspan check --live` reads: who ran where as JSON. */
export function placementRoute(pipeline: Pick<Pipeline, "placement">): AdminRoute {
  return () => ({
    httpStatus: 200,
    contentType: "application/json",
    body: JSON.stringify(pipeline.placement(Date.now())),
  });
}
