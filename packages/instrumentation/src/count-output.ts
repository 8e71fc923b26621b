/** Counts the output tokens of a request as a worker tells of them. */
export interface OutputCount {
  /** The token that prefill made, if nobody told of one before. */
  first(): void;
  add(tokens: number): void;
  /** Some tokens came; their number is not known. */
  addUnknown(): void;
  /** Undefined unless every token was counted. */
  readonly tokens: number | undefined;
}

/** Nothing was counted: the number is unknown, not 0. */
export function createOutputCount(): OutputCount {
  let tokens = 0;
  let isCounted = false;
  let isPartlyUnknown = false;
  return {
    first() {
      if (tokens === 0) tokens = 1;
    },
    add(more) {
      tokens += more;
      isCounted = true;
    },
    addUnknown() {
      isPartlyUnknown = true;
    },
    get tokens() {
      return isCounted && !isPartlyUnknown ? tokens : undefined;
    },
  };
}
