/** How far all partitions of `spans` have told their phases, as one partition of `phases` hears it. */
export interface Watermarks {
  /** Everything that partition took up before `atMs` has been told; heard at `streamMs` of the stream it came in. */
  note(partition: number, atMs: number, streamMs: number): void;
  /** The time up to which all partitions that are not silent have told; undefined before any has. */
  clockMs(streamMs: number): number | undefined;
  /** Partitions that say nothing and are not waited for. */
  silentAt(streamMs: number): number;
}

/** Creates the watermarks of so many partitions; one that is not heard of for `silentAfterMs` is skipped. */
export function createWatermarks(partitions: number, silentAfterMs: number): Watermarks {
  const told = new Float64Array(partitions).fill(Number.NEGATIVE_INFINITY);
  const heard = new Float64Array(partitions).fill(Number.NEGATIVE_INFINITY);
  let beganMs = Number.POSITIVE_INFINITY;
  let clock = Number.NEGATIVE_INFINITY;
  // Who has never spoken is as one who spoke when the stream began.
  const isSilent = (partition: number, streamMs: number): boolean =>
    streamMs - Math.max(heard[partition] as number, beganMs) > silentAfterMs;
  return {
    note(partition, atMs, streamMs) {
      beganMs = Math.min(beganMs, streamMs);
      if (partition >= partitions) return;
      told[partition] = Math.max(told[partition] as number, atMs);
      heard[partition] = Math.max(heard[partition] as number, streamMs);
    },
    clockMs(streamMs) {
      let least = Number.POSITIVE_INFINITY;
      for (let partition = 0; partition < partitions; partition++) {
        if (isSilent(partition, streamMs)) continue;
        least = Math.min(least, told[partition] as number);
      }
      // A partition that speaks again is behind for a while: time does not run back for it.
      if (least < Number.POSITIVE_INFINITY) clock = Math.max(clock, least);
      return Number.isFinite(clock) ? clock : undefined;
    },
    silentAt(streamMs) {
      let count = 0;
      for (let p = 0; p < partitions; p++) if (isSilent(p, streamMs)) count++;
      return count;
    },
  };
}
