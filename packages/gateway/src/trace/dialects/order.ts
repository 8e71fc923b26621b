/** Negative, zero or positive as `a` sorts before, with or after `b`. */
export function compare<T extends string | bigint | number>(a: T, b: T): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** The earlier of two times in nanoseconds since 1970. */
export function earlier(a: bigint, b: bigint): bigint {
  return compare(a, b) < 0 ? a : b;
}

/** The later of two times in nanoseconds since 1970. */
export function later(a: bigint, b: bigint): bigint {
  return compare(a, b) < 0 ? b : a;
}
