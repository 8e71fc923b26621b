// Builds from nothing and writes the tarballs that would be published: `npm run pack`, or into another folder as argument.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = resolve(process.argv[2] ?? join(root, "dist", "packs"));
const bin = join(root, "node_modules", ".bin");

// `tsc -b` leaves the output of deleted sources, which would be packed.
for (const name of readdirSync(join(root, "packages"))) {
  rmSync(join(root, "packages", name, "dist"), { recursive: true, force: true });
  rmSync(join(root, "packages", name, "tsconfig.tsbuildinfo"), { force: true });
}
run(join(bin, "tsc"), "-b", "--force");
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
run(
  "npx",
  "-y",
  "pnpm@10.34.7",
  "-r",
  "--filter",
  "./packages/*",
  "pack",
  "--pack-destination",
  target,
);
for (const name of readdirSync(target).sort()) {
  const tarball = join(target, name);
  run(join(bin, "publint"), "--strict", tarball);
  run(join(bin, "attw"), tarball, "--profile", "esm-only");
  process.stdout.write(`${tarball}\n`);
}

/** @param {string} command @param {...string} args */
function run(command, ...args) {
  const ended = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (ended.status === 0) return;
  process.stderr.write(`${ended.stdout ?? ""}${ended.stderr ?? ""}\n${command} failed\n`);
  process.exit(1);
}
