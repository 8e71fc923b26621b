import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./build-jaeger.ts";

/** Path of `kubernetes-validate`, which brings Kubernetes' JSON schemas, installed on first use; or why it cannot be had. */
export function installKubernetesValidate():
  | { readonly path: string }
  | { readonly missing: string } {
  const folder = join(cacheFolder, "kubernetes-validate");
  const path = join(folder, "bin", "kubernetes-validate");
  if (existsSync(path)) return { path };
  const options = { stdio: "pipe", timeout: 300_000 } as const;
  try {
    execFileSync("python3", ["-m", "venv", folder], options);
    execFileSync(
      join(folder, "bin", "pip"),
      ["install", "-q", "kubernetes-validate==1.34.1"],
      options,
    );
    return { path };
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    return { missing: `kubernetes-validate cannot be had: ${reason}` };
  }
}
