/** The known names closest to a mistyped one, best first; empty where none is close. */
export function nearestNames(name: string, known: Iterable<string>, limit = 3): readonly string[] {
  const wanted = name.toLowerCase();
  const reach = Math.min(3, Math.ceil(wanted.length / 3));
  return [...new Set(known)]
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Edit distance; a name that the other begins with counts as one or two edits away. */
function distanceOf(a: string, b: string): number {
  if (a === b) return 0;
  if (isBeginning(a, b) || isBeginning(b, a)) return Math.min(2, Math.ceil(a.length / 3));
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removed = (previous[column] ?? 0) + 1;
      const added = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    previous = current;
  }
  return previous[b.length] ?? a.length;
}

// "US" is near "US-CAL-CISO", but "B" is not near every name with a B in front.
function isBeginning(part: string, whole: string): boolean {
  return part.length >= 2 && /^[^a-z0-9]/.test(whole.slice(part.length)) && whole.startsWith(part);
}
