import type { NvmlUse } from "./nvml-library.ts";

/**
 * What part of a device's busy time is other processes', by the processes that have it open; 0 where they have
 * none. A single process that is not known by its number is taken for our own: a container numbers its processes
 * anew. `othersShare` is absent where busy time is not told per process, or nobody was busy.
 */
export function shareOfOthers(
  pids: readonly number[],
  samples: readonly NvmlUse[] | undefined,
  own: readonly number[],
): { readonly othersShare?: number } {
  const isOwnKnown = pids.some((pid) => own.includes(pid));
  const others = pids.filter((pid) => !own.includes(pid));
  if (others.length === 0 || (!isOwnKnown && others.length === 1)) return { othersShare: 0 };
  if (!isOwnKnown || samples === undefined) return {};
  let ownPercent = 0;
  let otherPercent = 0;
  for (const { pid, smPercent } of samples) {
    if (own.includes(pid)) ownPercent += smPercent;
    else otherPercent += smPercent;
  }
  if (ownPercent + otherPercent === 0) return { othersShare: 0 };
  return { othersShare: otherPercent / (ownPercent + otherPercent) };
}
