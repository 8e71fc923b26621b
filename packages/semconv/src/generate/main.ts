import { mkdirSync, writeFileSync } from "node:fs";
import { checkRegistry } from "./check-registry.ts";
import { generateFiles } from "./generate-files.ts";
import { RULES } from "./problem.ts";
import { readRegistry } from "./read-registry.ts";

// Both src/generate and dist/generate are two folders below the package.
const registry = readRegistry(new URL("../../model/", import.meta.url));
const root = new URL("../../../../", import.meta.url);
const problems = checkRegistry(registry);

for (const { rule, subject, detail } of problems) {
  process.stderr.write(`${subject}: ${detail} (${rule}: ${RULES[rule]})\n`);
}
if (problems.length > 0) {
  process.exitCode = 1;
} else {
  for (const [path, content] of generateFiles(registry)) {
    const file = new URL(path, root);
    mkdirSync(new URL(".", file), { recursive: true });
    writeFileSync(file, content);
    process.stdout.write(`${path}\n`);
  }
}
