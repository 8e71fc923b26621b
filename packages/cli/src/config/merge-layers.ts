import { formatPath, type Path } from "./problem.ts";
import { isMap } from "./read-yaml.ts";

/** One file's settings. */
export interface Layer {
  readonly file: string;
  readonly value: unknown;
}

/** Several files as one, and which of them a setting came from. */
export interface MergedLayers {
  readonly value: unknown;
  /** The file that decided what is at a path, written as `formatPath` does; undefined where none did. */
  fileOf(path: string): string | undefined;
}

const lastStep = /(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\]|(?:^|\.)[\w-]+)$/;

/** Lays later files over earlier ones: maps deeply, lists and scalars as a whole. */
export function mergeLayers(layers: readonly Layer[]): MergedLayers {
  const files = new Map<string, string>();
  let merged: unknown = {};
  for (const { file, value } of layers) merged = lay(merged, value, [], file, files);
  return {
    value: merged,
    fileOf(path) {
      let part = path;
      while (part !== "" && !files.has(part)) part = part.replace(lastStep, "");
      return files.get(part);
    },
  };
}

function lay(
  under: unknown,
  over: unknown,
  path: Path,
  file: string,
  files: Map<string, string>,
): unknown {
  if (!isMap(under) || !isMap(over)) {
    const prefix = formatPath(path);
    for (const known of files.keys()) {
      if (known.startsWith(`${prefix}.`) || known.startsWith(`${prefix}[`)) files.delete(known);
    }
    files.set(prefix, file);
    return over;
  }
  const entries = Object.entries(over).map(([key, value]): [string, unknown] => [
    key,
    lay(Object.hasOwn(under, key) ? under[key] : undefined, value, [...path, key], file, files),
  ]);
  return Object.fromEntries([...Object.entries(under), ...entries]);
}
