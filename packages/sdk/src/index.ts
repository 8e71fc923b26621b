/** Adds footprints inside a process. */
export {};
