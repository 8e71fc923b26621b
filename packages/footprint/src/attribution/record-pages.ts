const PAGE_BITS = 10;
const PAGE_MASK = (1 << PAGE_BITS) - 1;
const NONE = 0xffffffff;

/**
 * Records of one size in pages, each page seen as doubles and as 32-bit words: growing copies nothing, and what is
 * read of one record lies together.
 */
export interface RecordPages {
  readonly doubles: Float64Array[];
  readonly words: Uint32Array[];
  /** Gives a record, one released before if there is any; its last word is the caller's only while it is taken. */
  take(): number;
  release(record: number): void;
  readonly byteLength: number;
}

/** The page that a record lies in. */
export const pageOf = (record: number): number => record >>> PAGE_BITS;

/** Where in its page a record of `size` doubles or words begins. */
export const placeOf = (record: number, size: number): number => (record & PAGE_MASK) * size;

/** Creates pages of records of `doublesEach` doubles. */
export function createRecordPages(doublesEach: number): RecordPages {
  const doubles: Float64Array[] = [];
  const words: Uint32Array[] = [];
  const wordsEach = doublesEach * 2;
  let made = 0;
  let released = NONE;

  const linkOf = (record: number): number => placeOf(record, wordsEach) + wordsEach - 1;

  return {
    doubles,
    words,
    take() {
      if (released !== NONE) {
        const record = released;
        released = (words[pageOf(record)] as Uint32Array)[linkOf(record)] as number;
        return record;
      }
      if (pageOf(made) === doubles.length) {
        const page = new Float64Array(doublesEach << PAGE_BITS);
        doubles.push(page);
        words.push(new Uint32Array(page.buffer));
      }
      return made++;
    },
    release(record) {
      (words[pageOf(record)] as Uint32Array)[linkOf(record)] = released;
      released = record;
    },
    get byteLength() {
      return (doubles.length * doublesEach * 8) << PAGE_BITS;
    },
  };
}
