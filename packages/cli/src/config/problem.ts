/** Something wrong with a configuration, and where. */
export interface Problem {
  /** The file it is in, or `environment`; absent where it is in no file. */
  readonly file?: string;
  /** As in `nodes[0].devices[1].id`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** One step into a configuration: a key or the index in a list. */
export type Path = readonly PropertyKey[];

/** `file: path: message`, without the parts that are absent. */
export function formatProblem({ file, path, message }: Problem): string {
  return [file, path, message].filter((part) => part !== undefined && part !== "").join(": ");
}

/** A path as it is written in messages, e.g. `workers[0].match["service.name"]`. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[\w-]+$/.test(String(step))) text += text === "" ? String(step) : `.${String(step)}`;
    else text += `[${JSON.stringify(String(step))}]`;
  }
  return text;
}

/** The problem with the file that decided its setting, where one did. */
export function inFile(problem: Problem, fileOf: (path: string) => string | undefined): Problem {
  const file = fileOf(problem.path);
  return file === undefined ? problem : { file, ...problem };
}
