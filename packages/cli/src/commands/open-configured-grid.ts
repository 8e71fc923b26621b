import { readFile } from "node:fs/promises";
import type { GridConfig } from "../config/grid.ts";
import { formatProblem } from "../config/problem.ts";
import { type Grid, openGrid } from "../open-grid.ts";
import type { Streams } from "./streams.ts";

/** The grid of a configuration, or undefined after all that is wrong with its keys and files was written. */
export async function openConfiguredGrid(
  config: GridConfig,
  streams: Streams,
): Promise<Grid | undefined> {
  const opened = await openGrid(config, {
    env: streams.env,
    readFile: (path) => readFile(path, "utf8"),
  });
  if ("grid" in opened) return opened.grid;
  for (const problem of opened.problems) streams.stderr(`${formatProblem(problem)}\n`);
  return undefined;
}
