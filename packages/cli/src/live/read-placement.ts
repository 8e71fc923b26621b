import type { PlacementReport } from "@wattspan/gateway";
import { type Endpoint, formatEndpoint } from "../config/endpoint.ts";

/** What a gateway answered, or why it did not. */
export type ReadPlacement =
  | { readonly status: "read"; readonly report: PlacementReport }
  | { readonly status: "failed"; readonly message: string };

const TIMEOUT_MS = 5000;

/** Asks the gateway that runs at an admin endpoint what its configuration lacks; never rejects. */
export async function readPlacement({ host, port }: Endpoint): Promise<ReadPlacement> {
  const reachable = { host: { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host, port };
  const url = `http://${formatEndpoint(reachable)}/api/placement`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) return { status: "failed", message: `${url} answers ${answer.status}` };
    return { status: "read", report: (await answer.json()) as PlacementReport };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message !== "" ? cause.message : message;
    return { status: "failed", message: `no gateway answers at ${url}: ${why}` };
  }
}
