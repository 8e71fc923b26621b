import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./build-jaeger.ts";

const DYNAMO = ["ai-dynamo==1.6.1", "ai-dynamo-runtime==1.6.1"];

// What the two packages ask for, less each other, their GPU engines and `aisimulate`, which no index has and nothing here uses.
const LIST_NEEDS = `
from importlib.metadata import requires
for package in ("ai-dynamo", "ai-dynamo-runtime"):
    for need in requires(package):
        if "extra ==" not in need and not need.startswith(("ai-dynamo", "aisimulate")):
            print(need)
`;

/**
 * Path of a Python in which NVIDIA Dynamo 1.6.1 runs without a GPU, installed on first use, in about a minute and 0.7 GB;
 * or why it cannot be had.
 */
export function installDynamo(): { readonly python: string } | { readonly missing: string } {
  const folder = join(cacheFolder, "dynamo");
  const venv = join(folder, ".venv");
  const python = join(venv, "bin/python");
  const ready = join(folder, "ready");
  if (existsSync(ready)) return { python };
  try {
    rmSync(folder, { recursive: true, force: true });
    run("python3", ["-m", "venv", venv]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(python, [...pip, "--no-deps", ...DYNAMO]);
    const needs = run(python, ["-c", LIST_NEEDS]).trim().split("\n");
    run(python, [...pip, ...needs]);
    writeFileSync(ready, "");
    return { python };
  } catch (error) {
    return { missing: `Dynamo could not be installed: ${reasonOf(error)}` };
  }
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The last thing the command said, or what kept it from starting. */
function reasonOf(error: unknown): string {
  const { message, stderr } = error as Error & { readonly stderr?: string };
  return stderr?.trim().split("\n").at(-1) || (message.split("\n")[0] ?? "");
}
