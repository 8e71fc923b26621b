import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the project. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Packs every package, checked as for publishing, into a folder of the given one; gives the tarball of a package folder. */
export function packPackages(folder: string): (name: string) => string {
  const packs = join(folder, "packs");
  runIn(root, `node scripts/pack.mjs ${packs}`);
  return (name) => join(packs, `wattspan${name === "cli" ? "" : `-${name}`}-0.1.0.tgz`);
}

/** Runs a shell command in a folder; throws with all it said where it fails. */
export function runIn(
  cwd: string,
  command: string,
): { readonly stdout: string; readonly stderr: string } {
  const ended = spawnSync(command, {
    cwd,
    shell: true,
    encoding: "utf8",
    // A package manager's way to run this suite leaves a path by which the project's own packages would be found.
    env: { ...process.env, NODE_PATH: "" },
  });
  if (ended.status !== 0) throw new Error(`${command}: ${ended.stdout}${ended.stderr}`);
  return ended;
}
