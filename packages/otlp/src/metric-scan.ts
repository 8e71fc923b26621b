import { OtlpError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { NumberPoint } from "./number-point.ts";

/** What a metrics scan works with. */
export interface MetricScan {
  /** The body as a plain Uint8Array. */
  readonly bytes: Uint8Array;
  readonly isWanted: (name: string) => boolean;
  readonly limits: Limits;
  readonly points: NumberPoint[];
}

/** Adds a point; throws `OtlpError` where the request has more than the limit allows. */
export function addPoint(scan: MetricScan, point: NumberPoint, offset: number): void {
  if (scan.points.length >= scan.limits.spans) {
    throw new OtlpError("too_many", offset, "too many data points");
  }
  scan.points.push(point);
}
