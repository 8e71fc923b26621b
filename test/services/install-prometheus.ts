import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./build-jaeger.ts";

/** Path of Debian's Prometheus, unpacked on first use and never installed; or why it cannot be had. */
export function installPrometheus(): { readonly path: string } | { readonly missing: string } {
  const folder = join(cacheFolder, "prometheus");
  const path = join(folder, "usr", "bin", "prometheus");
  if (existsSync(path)) return { path };
  const options = { cwd: folder, stdio: "pipe", timeout: 300_000 } as const;
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync("apt-get", ["download", "prometheus"], options);
    const archive = readdirSync(folder).find((name) => name.endsWith(".deb"));
    if (archive === undefined) throw new Error("apt-get left no package");
    execFileSync("dpkg", ["-x", archive, "."], options);
    return { path };
  } catch (error) {
    return { missing: `Prometheus cannot be had: ${(error as Error).message.split("\n")[0]}` };
  }
}
