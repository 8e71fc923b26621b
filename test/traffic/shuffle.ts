/** A whole number from 0 to below `sides`; always the same row of them for a seed. */
export type Dice = (sides: number) => number;

/** How many random orders a suite tries; more with WATTSPAN_SHUFFLES. */
export const shuffleCount: number = Number(process.env["WATTSPAN_SHUFFLES"] ?? 20);

/** Dice of a seed (xorshift32, Marsaglia 2003). */
export function createDice(seed: number): Dice {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

/** The items in a random order. */
export function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = dice(i + 1);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}
