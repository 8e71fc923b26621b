import { execFileSync } from "node:child_process";
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./build-jaeger.ts";

const TOOLS = fileURLToPath(new URL("../../../shared/tools/dynamo/", import.meta.url));

/** Folder with NVIDIA Dynamo 1.6.1 ready to run on a CPU, installed on first use; or why it cannot be had. */
export function installDynamo(): { readonly folder: string } | { readonly missing: string } {
  if (!existsSync(TOOLS))
    return { missing: "the folder with Dynamo's set-up is not beside the project" };
  const folder = join(cacheFolder, "dynamo");
  try {
    if (existsSync(join(folder, "ready"))) return { folder };
    rmSync(folder, { recursive: true, force: true });
    cpSync(TOOLS, folder, { recursive: true });
    execFileSync("chmod", ["-R", "u+w", folder]);
    execFileSync("bash", ["setup.sh"], { cwd: folder, stdio: "ignore" });
    execFileSync("touch", [join(folder, "ready")]);
    return { folder };
  } catch (error) {
    return { missing: `Dynamo could not be installed: ${(error as Error).message.split("\n")[0]}` };
  }
}
