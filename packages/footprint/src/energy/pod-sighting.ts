import type { Instant } from "../instant.ts";

/** A meter said which pod a device was given to. */
export interface PodSighting {
  readonly pod: string;
  readonly namespace?: string;
  readonly node: string;
  /** `hw.id` of the device. */
  readonly id: string;
  readonly at: Instant;
}
