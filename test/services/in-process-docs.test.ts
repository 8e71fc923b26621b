import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packPackages, root, runIn } from "./pack-packages.ts";

const folder = mkdtempSync(join(tmpdir(), "wattspan-docs-"));
let tarballs: readonly string[];

/** The page's blocks of a language, in order. */
function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter(([, found]) => found === language)
    .map(([, , block]) => block as string);
}

beforeAll(() => {
  tarballs = ["semconv", "footprint", "sources", "sdk"].map(packPackages(folder));
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
    runIn(project, install.replace("@wattspan/sdk", tarballs.join(" ")));
    writeFileSync(join(project, "worker.cjs"), worker);
    const { stdout, stderr } = runIn(project, start);
    expect(stderr.split("\n")[1]).toMatch(
      /^wattspan: first request: [\d.]+ J, [\d.e-]+ gCO2e \(estimated, meter model, zone FR\)$/,
    );
    expect(stdout.match(/'footprint\.energy\.total': \d/g)).toHaveLength(2);
    expect(stdout.match(/'footprint\.request\.energy': \d/g)).toHaveLength(1);
  });

  it("runs the example with an SDK of its own", () => {
    const project = join(folder, "sdk-manual");
    cpSync(join(root, "examples/sdk-manual"), project, { recursive: true });
    runIn(project, `npm install --no-audit --no-fund ${tarballs.join(" ")}`);
    const { stdout, stderr } = runIn(project, "npm start");
    expect(stderr).toContain("first request:");
    expect(stdout.match(/'footprint\.carbon\.total': \d/g)).toHaveLength(2);
    expect(stdout.match(/'footprint\.request\.carbon': \d/g)).toHaveLength(1);
  });
});
