import { setTimeout as sleep } from "node:timers/promises";

/** Waits until `condition` holds, or the time is up; looks ten times a second. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await condition()) && performance.now() < endMs) await sleep(100);
}
