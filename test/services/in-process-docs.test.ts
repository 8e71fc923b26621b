import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wattspan-docs-"));
const packs = join(folder, "packs");
const tarballs = ["semconv", "footprint", "sources", "sdk"].map((name) =>
  join(packs, `wattspan-${name}-0.1.0.tgz`),
);

function run(command: string, cwd: string): { stdout: string; stderr: string } {
  const ended = spawnSync(command, { cwd, shell: true, encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`${command}: ${ended.stdout}${ended.stderr}`);
  return ended;
}

/** The page's blocks of a language, in order. */
function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter(([, found]) => found === language)
    .map(([, , block]) => block as string);
}

beforeAll(() => {
  run(`node scripts/pack.mjs ${packs}`, root);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("what docs/worker.md and the example tell to do", () => {
  it("leads from npm init to a footprint on the screen", () => {
    const project = mkdtempSync(join(folder, "project-"));
    const [install = "", start = ""] = blocksOf("docs/worker.md", "sh");
    const [worker = ""] = blocksOf("docs/worker.md", "js");
    // The packages are not published yet.
    run(install.replace("@wattspan/sdk", tarballs.join(" ")), project);
    writeFileSync(join(project, "worker.cjs"), worker);
    const { stdout, stderr } = run(start, project);
    expect(stderr.split("\n")[1]).toMatch(
      /^wattspan: first request: [\d.]+ J, [\d.e-]+ gCO2e \(estimated, meter model, zone FR\)$/,
    );
    expect(stdout.match(/'footprint\.energy\.total': \d/g)).toHaveLength(2);
    expect(stdout.match(/'footprint\.request\.energy': \d/g)).toHaveLength(1);
  });

  it("runs the example with an SDK of its own", () => {
    const project = join(folder, "sdk-manual");
    cpSync(join(root, "examples/sdk-manual"), project, { recursive: true });
    run(`npm install --no-audit --no-fund ${tarballs.join(" ")}`, project);
    const { stdout, stderr } = run("npm start", project);
    expect(stderr).toContain("first request:");
    expect(stdout.match(/'footprint\.carbon\.total': \d/g)).toHaveLength(2);
    expect(stdout.match(/'footprint\.request\.carbon': \d/g)).toHaveLength(1);
  });
});
