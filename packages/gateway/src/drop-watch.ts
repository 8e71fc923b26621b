import type { Log } from "./log.ts";

/** Writes a line when something starts to be left out, and none while it goes on. */
export interface DropWatch {
  /** Nothing was lost by it, but no figure comes of it: points that are not read, phases that are not charged. */
  unused(message: string, reason: string): void;
  lost(message: string, reason: string): void;
}

/** After so long without a drop of one kind the next is news again, ms. */
const QUIET_MS = 600_000;

/** A watch over kinds of drops, each a message and a reason; times in ms. */
export function createDropWatch(log: Log, now: () => number = Date.now): DropWatch {
  const lastMs = new Map<string, number>();
  const isNews = (message: string, reason: string): boolean => {
    const key = `${message} ${reason}`;
    const before = lastMs.get(key);
    lastMs.set(key, now());
    return before === undefined || now() - before >= QUIET_MS;
  };
  return {
    unused(message, reason) {
      if (isNews(message, reason)) log.warn(message, { about: reason });
    },
    lost(message, reason) {
      if (isNews(message, reason)) log.error(message, { about: reason });
    },
  };
}
