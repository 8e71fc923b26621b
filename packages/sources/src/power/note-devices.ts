import type { MeteredDevice } from "@wattspan/footprint";
import type { BoardSample } from "./read-boards.ts";

/** Remembers devices; gives all of them when there is a new one. */
export type NoteDevices = (boards: readonly BoardSample[]) => readonly MeteredDevice[] | undefined;

/** Creates an empty memory. */
export function createNoteDevices(): NoteDevices {
  const known = new Map<string, MeteredDevice>();
  return (boards) => {
    const before = known.size;
    for (const { id, model } of boards) {
      if (!known.has(id)) known.set(id, { id, ...(model === undefined ? {} : { model }) });
    }
    return known.size > before ? [...known.values()] : undefined;
  };
}
