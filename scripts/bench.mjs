// Runs compiled benchmarks: `npm run bench -- ledger` runs test/bench/ledger.bench.ts; without names it lists them.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../test/dist/bench/", import.meta.url);
const suffix = ".bench.js";
const known = existsSync(fileURLToPath(folder))
  ? readdirSync(folder)
      .filter((file) => file.endsWith(suffix))
      .map((file) => file.slice(0, -suffix.length))
      .sort()
  : [];
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.includes(name));

if (names.length === 0 || unknown.length > 0) {
  const problem = unknown.length > 0 ? `no such benchmark: ${unknown.join(", ")}\n` : "";
  process.stderr.write(
    `${problem}usage: npm run bench -- NAME...\nknown: ${known.join(", ") || "none"}\n`,
  );
  process.exitCode = 1;
} else {
  for (const name of names) await import(new URL(`${name}${suffix}`, folder).href);
}
