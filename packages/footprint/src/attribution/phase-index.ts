const EMPTY = 0;

/** Maps 64-bit phase ids, as two unsigned 32-bit words, to slots in a few bytes each. */
export interface PhaseIndex {
  /** Slot of the id, or -1. */
  find(idHigh: number, idLow: number): number;
  set(idHigh: number, idLow: number, slot: number): void;
  remove(idHigh: number, idLow: number): void;
  /** Forgets everything and indexes `slots` slots anew, those that `isLive` says: cheaper than many removals. */
  rebuild(slots: number, isLive: (slot: number) => boolean): void;
  readonly byteLength: number;
}

/** Creates an empty index: open addressing over the id columns that the caller keeps. */
export function createPhaseIndex(columns: {
  readonly idHigh: Uint32Array;
  readonly idLow: Uint32Array;
}): PhaseIndex {
  let cells = new Uint32Array(64);
  let used = 0;

  const home = (idHigh: number, idLow: number): number =>
    (Math.imul(idLow ^ Math.imul(idHigh, 0x9e3779b1), 0x85ebca6b) >>> 7) & (cells.length - 1);

  function cellOf(idHigh: number, idLow: number): number {
    let cell = home(idHigh, idLow);
    for (;;) {
      const slot = (cells[cell] as number) - 1;
      if (slot < 0) return cell;
      if (columns.idHigh[slot] === idHigh && columns.idLow[slot] === idLow) return cell;
      cell = (cell + 1) & (cells.length - 1);
    }
  }

  function grow(): void {
    const before = cells;
    cells = new Uint32Array(before.length * 2);
    for (const stored of before) {
      if (stored === EMPTY) continue;
      const slot = stored - 1;
      cells[cellOf(columns.idHigh[slot] as number, columns.idLow[slot] as number)] = stored;
    }
  }

  return {
    find: (idHigh, idLow) => (cells[cellOf(idHigh, idLow)] as number) - 1,
    set(idHigh, idLow, slot) {
      if (used * 2 >= cells.length) grow();
      const cell = cellOf(idHigh, idLow);
      if (cells[cell] === EMPTY) used++;
      cells[cell] = slot + 1;
    },
    remove(idHigh, idLow) {
      let hole = cellOf(idHigh, idLow);
      if (cells[hole] === EMPTY) return;
      used--;
      cells[hole] = EMPTY;
      const mask = cells.length - 1;
      for (let cell = (hole + 1) & mask; cells[cell] !== EMPTY; cell = (cell + 1) & mask) {
        const slot = (cells[cell] as number) - 1;
        const wanted = home(columns.idHigh[slot] as number, columns.idLow[slot] as number);
        if (((cell - wanted) & mask) < ((cell - hole) & mask)) continue;
        cells[hole] = cells[cell] as number;
        cells[cell] = EMPTY;
        hole = cell;
      }
    },
    rebuild(slots, isLive) {
      cells.fill(EMPTY);
      used = 0;
      const mask = cells.length - 1;
      for (let slot = 0; slot < slots; slot++) {
        if (!isLive(slot)) continue;
        let cell = home(columns.idHigh[slot] as number, columns.idLow[slot] as number);
        while (cells[cell] !== EMPTY) cell = (cell + 1) & mask;
        cells[cell] = slot + 1;
        used++;
      }
    },
    get byteLength() {
      return cells.byteLength;
    },
  };
}
