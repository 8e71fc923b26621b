// Installs what the lockfile names and builds. Does nothing over the network when node_modules is up to date.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stampFile = join(root, "node_modules", ".wattspan-installed");
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  stop(`Wattspan needs Node 20.19 or later; this is ${process.versions.node}.\n`);
}
install();
build();

function install() {
  const stamp = wantedStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  if (!existsSync(stampFile) && isInstalledByHand()) {
    writeFileSync(stampFile, stamp);
    return;
  }
  process.stderr.write("installing dependencies\n");
  const run = spawnSync("npx -y pnpm@10.34.7 install --frozen-lockfile", {
    cwd: root,
    encoding: "utf8",
    shell: true,
    // Without it pnpm asks before it replaces node_modules, and there may be nobody to answer.
    env: { ...process.env, CI: "true" },
  });
  if (run.status !== 0) stop(`${run.stdout ?? ""}${run.stderr ?? ""}\ninstall failed\n`);
  writeFileSync(stampFile, stamp);
}

/** Whether pnpm itself was run: it keeps a copy of the lockfile it installed, and writes `.modules.yaml` last. */
function isInstalledByHand() {
  const installed = join(root, "node_modules", ".pnpm", "lock.yaml");
  if (!existsSync(installed) || !existsSync(join(root, "node_modules", ".modules.yaml"))) {
    return false;
  }
  return readFileSync(installed, "utf8") === readFileSync(join(root, "pnpm-lock.yaml"), "utf8");
}

function build() {
  const run = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"], {
    cwd: root,
    stdio: "inherit",
  });
  if (run.status !== 0) stop("build failed\n");
}

/** Everything an install depends on: lockfile, workspace, manifests, machine. */
function wantedStamp() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests()]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function manifests() {
  const folders = readdirSync(join(root, "packages"))
    .sort()
    .map((name) => `packages/${name}`);
  return [".", ...folders, "test"]
    .map((folder) => `${folder}/package.json`)
    .filter((file) => existsSync(join(root, file)));
}

/** @param {string} message */
function stop(message) {
  process.stderr.write(message);
  process.exit(1);
}
