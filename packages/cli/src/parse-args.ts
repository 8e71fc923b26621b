import { parseArgs } from "node:util";
import { nearestNames } from "@wattspan/sources";

/** One option of a command. */
interface OptionSpec {
  readonly type: "string" | "boolean";
  /** May be given several times; its values are then all kept, in order. */
  readonly isRepeatable?: boolean;
  /** What stands for the value in the help, e.g. `FILE`. */
  readonly valueName?: string;
  readonly summary: string;
}

/** A command as the help shows it. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
}

/** Options by name, without those that were not given. */
export interface ParsedOptions {
  readonly status: "parsed";
  readonly strings: ReadonlyMap<string, readonly string[]>;
  readonly flags: ReadonlySet<string>;
}

/** What to do instead of running: print help to stdout, or an error to stderr and exit with 2. */
export type Instead =
  | { readonly status: "help"; readonly text: string }
  | { readonly status: "usage"; readonly text: string };

/** The command that `argv` names and the arguments after it. */
export function pickCommand<C extends CommandSpec>(
  argv: readonly string[],
  commands: readonly C[],
): { readonly status: "picked"; readonly command: C; readonly args: readonly string[] } | Instead {
  const [name, ...args] = argv;
  const list = commands.map((command) => `  ${command.name.padEnd(12)}${command.summary}`);
  const help = `usage: wattspan COMMAND [OPTIONS]\n\ncommands:\n${list.join("\n")}\n`;
  if (name === undefined) return { status: "usage", text: `no command is given\n${help}` };
  if (name === "--help" || name === "-h" || name === "help") return { status: "help", text: help };
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return { status: "picked", command, args };
  const kind = name.startsWith("-") ? "option before the command" : "command";
  const names = commands.map((candidate) => candidate.name);
  return { status: "usage", text: `unknown ${kind}: ${name}${advice(name, names, "")}\n${help}` };
}

/** The options of a command; every mistake is named at once. */
export function parseOptions(
  args: readonly string[],
  command: CommandSpec,
): ParsedOptions | Instead {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(command.options).map(([name, { type }]) => [name, { type }]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const strings = new Map<string, string[]>();
  const flags = new Set<string>();
  const mistakes: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") mistakes.push(`unexpected argument: ${token.value}`);
    if (token.kind !== "option") continue;
    if (token.name === "help" || token.rawName === "-h") {
      return { status: "help", text: helpOf(command) };
    }
    const mistake = take(token, command, strings, flags);
    if (mistake !== undefined) mistakes.push(mistake);
  }
  if (mistakes.length === 0) return { status: "parsed", strings, flags };
  return { status: "usage", text: `${mistakes.join("\n")}\n${helpOf(command)}` };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** Keeps an option, or says what is wrong with it. */
function take(
  { name, rawName, value, inlineValue }: OptionToken,
  command: CommandSpec,
  strings: Map<string, string[]>,
  flags: Set<string>,
): string | undefined {
  const isKnown = rawName.startsWith("--") && Object.hasOwn(command.options, name);
  const option = isKnown ? command.options[name] : undefined;
  if (option === undefined) {
    return `unknown option: ${rawName}${advice(name, Object.keys(command.options), "--")}`;
  }
  if (option.type === "boolean") {
    flags.add(name);
    return value === undefined ? undefined : `${rawName} takes no value`;
  }
  const isMissing = value === undefined || (inlineValue !== true && /^-./.test(value));
  if (isMissing) return `${rawName} needs a value: ${rawName} ${option.valueName ?? "VALUE"}`;
  const earlier = strings.get(name) ?? [];
  if (earlier.length > 0 && option.isRepeatable !== true) return `${rawName} is given twice`;
  strings.set(name, [...earlier, value]);
  return undefined;
}

function helpOf({ name, summary, options }: CommandSpec): string {
  const list = Object.entries(options).map(([option, { type, valueName, summary: about }]) => {
    const value = type === "string" ? ` ${valueName ?? "VALUE"}` : "";
    return `  ${`--${option}${value}`.padEnd(20)}${about}`;
  });
  const help = `  ${"--help".padEnd(20)}Shows this.`;
  return `usage: wattspan ${name} [OPTIONS]\n\n${summary}\n\noptions:\n${[...list, help].join("\n")}\n`;
}

function advice(name: string, known: readonly string[], prefix: string): string {
  const near = nearestNames(name, known).map((candidate) => `${prefix}${candidate}`);
  return near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
}
