// Everything a clean clone must pass. The last line counts all suites; a failed step counts as one failed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "wattspan-ci-"));
const count = { passed: 0, failed: 0, skipped: 0 };

step("install", "npx -y pnpm@10.34.7 install --frozen-lockfile");
// The build covers the types of the tests too: test/ is one of its projects.
step("build and types", tool("typescript/bin/tsc", "-b"));
step("lint", tool("@biomejs/biome/bin/biome", "check"));
suites("tests", (report) => `npm test --silent -- ${reporters("default", report)}`);
if (hasServiceTests()) {
  suites("service tests", (report) =>
    tool(
      "vitest/vitest.mjs",
      `run --config test/services/vitest.config.ts ${reporters("verbose", report)}`,
    ),
  );
}
rmSync(scratch, { recursive: true, force: true });
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
process.exitCode = count.failed > 0 ? 1 : 0;

/** A step that either works or counts as one failed. */
function step(name, command) {
  if (run(name, command) === 0) return;
  count.failed += 1;
  process.stdout.write(`FAILED: ${name}\n`);
}

/** Suites whose tests are counted one by one. */
function suites(name, commandFor) {
  const report = join(scratch, `${name.replaceAll(" ", "-")}.json`);
  const status = run(name, commandFor(report));
  const before = count.failed;
  if (existsSync(report)) addReport(JSON.parse(readFileSync(report, "utf8")));
  // Nothing ran, or an error outside any test: still a failure.
  if (status !== 0 && count.failed === before) {
    count.failed += 1;
    process.stdout.write(`FAILED: ${name}\n`);
  }
}

function addReport(report) {
  for (const file of report.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === "failed").length;
    const passed = file.assertionResults.filter((test) => test.status === "passed").length;
    count.passed += passed;
    count.skipped += file.assertionResults.length - passed - failed;
    // A file that does not load has no tests but is one failed.
    count.failed += failed === 0 && file.status === "failed" ? 1 : failed;
  }
}

function run(name, command) {
  process.stdout.write(`\n== ${name}\n`);
  return spawnSync(command, {
    cwd: root,
    shell: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, CI: "true", NO_COLOR: "1" },
  }).status;
}

function tool(path, rest) {
  return `"${process.execPath}" "${join(root, "node_modules", path)}" ${rest}`;
}

function reporters(shown, report) {
  return `--reporter=${shown} --reporter=json --outputFile.json="${report}"`;
}

function hasServiceTests() {
  const folder = join(root, "test/services");
  return existsSync(folder) && readdirSync(folder).some((file) => file.endsWith(".test.ts"));
}
