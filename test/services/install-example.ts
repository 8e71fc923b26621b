import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of an example, with what it needs installed as its README says, on first use; or why it cannot be had. */
export function installExample(
  name: string,
): { readonly folder: string } | { readonly missing: string } {
  const folder = fileURLToPath(new URL(`../../examples/${name}/`, import.meta.url));
  if (existsSync(join(folder, "node_modules"))) return { folder };
  try {
    const command = ["-y", "pnpm@10.34.7", "install", "--ignore-workspace", "--no-lockfile"];
    execFileSync("npx", command, { cwd: folder, stdio: "ignore" });
    return { folder };
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    return { missing: `examples/${name} could not be installed: ${reason}` };
  }
}
