import { configProblems, configWarnings } from "../config/check.ts";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/expand-environment.ts";
import { loadConfig } from "../config/load-config.ts";
import { formatProblem, inFile, type Problem } from "../config/problem.ts";
import { proposeConfig } from "../live/propose-config.ts";
import { readPlacement } from "../live/read-placement.ts";
import { gridKeyProblems } from "../open-grid.ts";
import { openTransport } from "../open-transport.ts";
import { type CommandSpec, parseOptions } from "../parse-args.ts";

/** A stream that a command writes to. */
interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What a command has of the process it runs in. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  readonly readFile: (path: string) => Promise<string>;
}

/** The command `check` in the help. */
const checkCommand: CommandSpec = {
  name: "check",
  summary: "Checks a configuration and says everything that is wrong with it.",
  options: {
    config: {
      type: "string",
      isRepeatable: true,
      valueName: "FILE",
      summary: "A configuration file; later files go over earlier ones.",
    },
    live: {
      type: "boolean",
      summary: "Asks the running gateway and writes what to add to the file.",
    },
    json: { type: "boolean", summary: "Writes one JSON object instead of text." },
  },
};

interface Findings {
  /** Absent where the configuration could not be read. */
  readonly config?: Config;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Runs `check`; exit code 0 where nothing is wrong, 1 where something is, 2 for wrong usage. Warnings are not wrong;
 * with `--live`, whatever there is to add is.
 */
export async function runCheck(
  args: readonly string[],
  { stdout, stderr, env, readFile }: Surroundings,
): Promise<0 | 1 | 2> {
  const options = parseOptions(args, checkCommand);
  if (options.status === "help") {
    stdout.write(options.text);
    return 0;
  }
  if (options.status === "usage") {
    stderr.write(options.text);
    return 2;
  }
  const files = options.strings.get("config") ?? [];
  const findings = await examine(files, env, readFile);
  if (options.flags.has("live") && findings.config !== undefined && findings.problems.length === 0)
    return checkLive(findings.config, options.flags.has("json"), { stdout, stderr });
  const { NO_COLOR: noColour = "" } = env;
  const isColoured = stdout.isTTY === true && noColour === "";
  stdout.write(options.flags.has("json") ? asJson(findings) : asText(findings, isColoured));
  return findings.problems.length === 0 ? 0 : 1;
}

/** YAML to paste, or the gateway's report as JSON. */
async function checkLive(
  { admin, nodes }: Config,
  isJson: boolean,
  { stdout, stderr }: Pick<Surroundings, "stdout" | "stderr">,
): Promise<0 | 1> {
  const read = await readPlacement(admin.endpoint);
  if (read.status === "failed") {
    stderr.write(`${read.message}\n`);
    return 1;
  }
  const names = nodes.map(({ name }) => name);
  const { text, isEmpty } = proposeConfig(read.report, names);
  stdout.write(isJson ? `${JSON.stringify({ ok: isEmpty, ...read.report }, null, 2)}\n` : text);
  return isEmpty ? 0 : 1;
}

async function examine(
  files: readonly string[],
  env: Environment,
  readFile: Surroundings["readFile"],
): Promise<Findings> {
  const loaded = await loadConfig({ files, readFile, env });
  if (loaded.config === undefined) return { problems: loaded.problems, warnings: [] };
  const { config, fileOf } = loaded;
  const opened = await openTransport(config, readFile);
  const problems = [
    ...configProblems(config),
    ...gridKeyProblems(config.grid, env),
    ...("problems" in opened ? opened.problems : []),
  ];
  return {
    config,
    problems: problems.map((problem) => inFile(problem, fileOf)),
    warnings: configWarnings(config).map((warning) => inFile(warning, fileOf)),
  };
}

function asJson({ problems, warnings }: Findings): string {
  return `${JSON.stringify({ ok: problems.length === 0, problems, warnings }, null, 2)}\n`;
}

function asText({ config, problems, warnings }: Findings, isColoured: boolean): string {
  const paint = (code: number, word: string): string =>
    isColoured ? `\u001b[${code}m${word}\u001b[0m` : word;
  const lines = [
    ...problems.map((problem) => `${paint(31, "problem")} ${formatProblem(problem)}`),
    ...warnings.map((warning) => `${paint(33, "warning")} ${formatProblem(warning)}`),
    config !== undefined && problems.length === 0
      ? `${paint(32, "ok")} ${summaryOf(config)}`
      : `${paint(31, "failed")} ${counted(problems.length, "problem")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function summaryOf({ nodes, workers, exporters }: Config): string {
  const devices = nodes.reduce((sum, node) => sum + node.devices.length, 0);
  return [
    counted(nodes.length, "node"),
    counted(devices, "device"),
    counted(workers.length, "worker row"),
    counted(Object.keys(exporters).length, "exporter"),
  ].join(", ");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
