/** Bytes that one request holds of a shared budget. */
export interface ByteHold {
  /** Takes `bytes` more; false, and takes nothing, where the budget is spent. */
  add(bytes: number): boolean;
  /** Gives everything back; safe twice. */
  release(): void;
}

/** Memory for bodies that are still arriving, over all connections. */
export interface ByteBudget {
  hold(): ByteHold;
  /** Bytes held now. */
  usedBytes(): number;
}

/** A budget that never lends more than `maxBytes`. */
export function createByteBudget(maxBytes: number): ByteBudget {
  let usedBytes = 0;
  return {
    usedBytes: () => usedBytes,
    hold() {
      let heldBytes = 0;
      return {
        add(bytes) {
          if (usedBytes + bytes > maxBytes) return false;
          usedBytes += bytes;
          heldBytes += bytes;
          return true;
        },
        release() {
          usedBytes -= heldBytes;
          heldBytes = 0;
        },
      };
    },
  };
}
