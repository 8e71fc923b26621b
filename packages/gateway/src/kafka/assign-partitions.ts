/** A member of a group and the partitions that it has worked on so far. */
export interface GroupMember {
  readonly id: string;
  readonly owned: readonly number[];
}

/**
 * Partitions to members, as evenly as can be, each kept where it is as far as that allows: a partition that moves has
 * to be read again. Partition k of all topics of a role goes to one member. The same for any order of `members`.
 */
export function assignPartitions(
  partitions: number,
  members: readonly GroupMember[],
): ReadonlyMap<string, readonly number[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const assigned = new Map<string, number[]>(sorted.map(({ id }) => [id, []]));
  if (sorted.length === 0) return assigned;
  const taken = keepOwned(partitions, sorted, assigned);
  for (let partition = 0; partition < partitions; partition++) {
    if (taken.has(partition)) continue;
    const [, smallest] = [...assigned].reduce((best, one) =>
      one[1].length < best[1].length ? one : best,
    );
    smallest.push(partition);
  }
  for (const mine of assigned.values()) mine.sort((a, b) => a - b);
  return assigned;
}

/** Leaves to each member what it has, up to its part; gives the partitions that have their member now. */
function keepOwned(
  partitions: number,
  members: readonly GroupMember[],
  assigned: ReadonlyMap<string, number[]>,
): ReadonlySet<number> {
  const least = Math.floor(partitions / members.length);
  /** Members that may have one more than the others. */
  let larger = partitions % members.length;
  const taken = new Set<number>();
  for (const { id, owned } of members) {
    const wanted = [...new Set(owned)].sort((a, b) => a - b);
    const free = wanted.filter((one) => one < partitions && !taken.has(one));
    const kept = free.slice(0, least + (larger > 0 ? 1 : 0));
    if (kept.length > least) larger--;
    assigned.get(id)?.push(...kept);
    for (const partition of kept) taken.add(partition);
  }
  return taken;
}
