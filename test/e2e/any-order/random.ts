/** A seeded source of chance: the same seed gives the same throws on any machine. */
export interface Random {
  /** A whole number in `[0, sides)`. */
  below(sides: number): number;
  /** A whole number in `[from, to]`. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  hex(digits: number): string;
  shuffled<T>(items: readonly T[]): T[];
}

/** Creates xorshift32 over a scrambled seed. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  }
  for (let i = 0; i < 8; i++) next();
  const below = (sides: number): number => Math.floor((next() / 2 ** 32) * sides);
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() / 2 ** 32 < probability,
    hex(digits) {
      let text = "";
      while (text.length < digits) text += next().toString(16).padStart(8, "0");
      return text.slice(0, digits);
    },
    shuffled(items) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [copy[i], copy[j]] = [copy[j] as (typeof copy)[number], copy[i] as (typeof copy)[number]];
      }
      return copy;
    },
  };
}
