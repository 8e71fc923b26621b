import { type Config, fileConfig } from "./config.ts";
import { type Environment, expandEnvironment } from "./expand-environment.ts";
import { type Layer, mergeLayers } from "./merge-layers.ts";
import { nameExporters } from "./otlp-environment.ts";
import type { Problem } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import { schemaProblems } from "./schema-problems.ts";

/** A configuration, or all that is wrong with it. */
export type LoadedConfig =
  | {
      readonly config: Config;
      readonly problems: readonly [];
      /** The file that decided the setting at a path such as `nodes[0].pue`; undefined for a default. */
      fileOf(path: string): string | undefined;
    }
  | { readonly config?: undefined; readonly problems: readonly Problem[] };

/** Where a configuration comes from. */
export interface ConfigSources {
  /** Later files go over earlier ones; none is a configuration of defaults. */
  readonly files: readonly string[];
  readonly readFile: (path: string) => Promise<string>;
  readonly env: Environment;
}

/** Reads, expands, merges and checks the shape of a configuration; never throws. */
export async function loadConfig({ files, readFile, env }: ConfigSources): Promise<LoadedConfig> {
  const problems: Problem[] = [];
  const layers: Layer[] = [];
  for (const file of files) {
    const read = await readLayer(file, readFile, env);
    problems.push(...read.problems);
    layers.push({ file, value: read.value });
  }
  const isReadable = layers.every(({ value }) => value !== undefined);
  // A file that cannot be read hides its settings: nothing can be said about the whole.
  if (!isReadable) return { problems };
  const { value, fileOf } = mergeLayers(layers);
  const parsed = fileConfig.safeParse(value);
  if (!parsed.success) {
    const found = schemaProblems(parsed.error.issues, fileConfig, fileOf);
    const unsaid = found.filter(({ path }) => !problems.some((said) => said.path === path));
    return { problems: [...problems, ...unsaid] };
  }
  const named = nameExporters(parsed.data.exporters, env);
  problems.push(...named.problems);
  if (problems.length > 0) return { problems };
  const { exporters, exportersFrom } = named;
  return { config: { ...parsed.data, exporters, exportersFrom }, problems: [], fileOf };
}

async function readLayer(
  file: string,
  readFile: ConfigSources["readFile"],
  env: Environment,
): Promise<{ readonly value?: unknown; readonly problems: readonly Problem[] }> {
  let text: string;
  try {
    text = await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problems: [{ file, path: "", message: `cannot be read: ${reason}` }] };
  }
  const { value, problems } = readYaml(file, text);
  if (value === undefined) return { problems };
  return expandEnvironment(value, { file, env, schema: fileConfig });
}
