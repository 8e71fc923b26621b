import type { Instant } from "./instant.ts";

/** The phases a request goes through on accelerators. */
export type PhaseName = "prefill" | "decode" | "mixed" | "kv_transfer";

/** The part of a phase's work that one device does; the shares of a phase sum to 1. */
export interface DeviceShare {
  /** Key of the device, `node/id`. */
  readonly device: string;
  readonly share: number;
}

/** One stretch of one request's work on devices, as the ledger charges it. */
export interface Phase {
  /** Upper and lower 32 bits of the phase's id, unsigned, its own: it orders what happens at the same time. */
  readonly idHigh: number;
  readonly idLow: number;
  readonly start: Instant;
  /** After `start`; a phase longer than the ledger's `maxPhaseNs` is refused. */
  readonly end: Instant;
  /** Cost weight by the policy in force; 0 opens nothing and is charged nothing. */
  readonly weight: number;
  readonly devices: readonly DeviceShare[];
  /** The window may include waiting: bounds open to `[0, E(window)]`. */
  readonly includesQueueing?: boolean;
  /** How probable it was that the phase's trace is seen, above 0 and at most 1; absent: 1. */
  readonly probability?: number | undefined;
}
