/** Up to this many segments an insertion sort is cheaper than a call of the engine's sort. */
const FEW = 24;

/** Creates a function that fills `order[at …]` with segments `[first, end)` by ascending load; O(n log n). */
export function createLoadOrder(): (
  load: Float64Array,
  first: number,
  end: number,
  order: Uint32Array,
  at: number,
) => void {
  let keys = new Float64Array(0);
  let words = new Uint32Array(0);

  return (load, first, end, order, at) => {
    const count = end - first;
    if (count <= FEW) {
      insert(load, first, count, order, at);
      return;
    }
    if (keys.length < count) {
      keys = new Float64Array(count * 2);
      words = new Uint32Array(keys.buffer);
    }
    // The engine sorts plain doubles far faster than by a comparison: the low bits of each load make room for its
    // segment, so that loads which differ by less than 2^-20 of themselves may change places.
    const mask = 2 ** Math.ceil(Math.log2(count)) - 1;
    for (let i = 0; i < count; i++) {
      keys[i] = load[first + i] as number;
      words[i * 2] = (((words[i * 2] as number) & ~mask) | i) >>> 0;
    }
    keys.subarray(0, count).sort();
    for (let i = 0; i < count; i++) {
      order[at + i] = first + ((words[i * 2] as number) & mask);
    }
  };
}

function insert(
  load: Float64Array,
  first: number,
  count: number,
  order: Uint32Array,
  at: number,
): void {
  for (let i = 0; i < count; i++) {
    const key = load[first + i] as number;
    let to = at + i;
    for (; to > at && (load[order[to - 1] as number] as number) > key; to--) {
      order[to] = order[to - 1] as number;
    }
    order[to] = first + i;
  }
}
