import type { Phase } from "../phase.ts";
import { createLedger, type Ledger, type LedgerOptions, type Refusal } from "./ledger.ts";
import type { PhaseEnergy } from "./sum-energy.ts";

/** A ledger whose phases are named by their ids: whoever calls again with an id means the same phase. */
export interface LedgerById extends Omit<Ledger, "upsertPhase" | "removePhase" | "energyOf"> {
  upsertPhase(phase: Phase): "changed" | "unchanged" | Refusal;
  removePhase(idHigh: number, idLow: number): void;
  energyOf(idHigh: number, idLow: number): PhaseEnergy | undefined;
}

/** Creates an empty ledger. */
export function createLedgerById(options: LedgerOptions): LedgerById {
  const ledger = createLedger(options);
  const handles = new Map<string, number>();
  return {
    ...ledger,
    upsertPhase(phase) {
      const key = `${phase.idHigh}/${phase.idLow}`;
      const before = handles.get(key);
      const handle = ledger.upsertPhase(phase, before);
      if (typeof handle !== "number") return handle;
      handles.set(key, handle);
      return handle === before ? "unchanged" : "changed";
    },
    removePhase: (idHigh, idLow) => ledger.removePhase(handles.get(`${idHigh}/${idLow}`) ?? -1),
    energyOf: (idHigh, idLow) => ledger.energyOf(handles.get(`${idHigh}/${idLow}`) ?? -1),
    get phaseCount() {
      return ledger.phaseCount;
    },
    get byteLength() {
      return ledger.byteLength;
    },
  };
}
