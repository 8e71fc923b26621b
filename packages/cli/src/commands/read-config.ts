import { readFile } from "node:fs/promises";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { formatProblem, type Problem } from "../config/problem.ts";
import type { Streams } from "./streams.ts";

/** The configuration of a command, or undefined after all that is wrong with it was written. */
export async function readConfig(
  files: readonly string[],
  streams: Streams,
  problemsOf: (config: Config) => readonly Problem[] = () => [],
): Promise<Config | undefined> {
  const { config, problems } = await loadConfig({
    files,
    readFile: (path) => readFile(path, "utf8"),
    env: streams.env,
  });
  const found = config === undefined ? problems : problemsOf(config);
  for (const problem of found) streams.stderr(`${formatProblem(problem)}\n`);
  return found.length > 0 ? undefined : config;
}
