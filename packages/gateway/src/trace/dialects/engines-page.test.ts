import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import { DIALECTS, ENGINE_LAYERS, UNVERIFIED_DIALECTS } from "./dialects.ts";
import { readTraces } from "./recording.test.reader.ts";

const root: URL = new URL("../../../../../", import.meta.url);

/** Cells of the page's first table, by column. */
function readRows(): readonly Readonly<Record<string, string>>[] {
  const page = readFileSync(new URL("docs/engines.md", root), "utf8");
  const [table = ""] = page.split("\n\n").filter((part) => part.startsWith("| dialect"));
  const [head = [], , ...rows] = table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ""])));
}

const statusOf = (name: string): string => {
  if (UNVERIFIED_DIALECTS.has(name)) return "unverified";
  return ENGINE_LAYERS.flat().some((dialect) => dialect.name === name) ? "verified" : "by its mark";
};

describe("docs/engines.md", () => {
  it("has the dialects in their order, with what they give and how sure it is", () => {
    const told = readRows().map((row) => ({
      name: row["dialect"],
      intervalSources: [
        ...(row["windows come from (`interval_source`)"] ?? "").matchAll(/`(\w+)`/g),
      ].map(([, source]) => source),
      recordings: row["recorded"] === "none" ? [] : row["recorded"]?.split(", "),
      status: row["status"],
    }));
    expect(told).toEqual(
      DIALECTS.map(({ name, intervalSources, recordings }) => ({
        name,
        intervalSources,
        recordings,
        status: statusOf(name),
      })),
    );
  });

  it("names a version or a place for each dialect", () => {
    for (const row of readRows()) expect(row["engine"]).toMatch(/\d|`footprint\./);
  });
});

describe.each(ENGINE_LAYERS.flat().filter(({ recordings }) => recordings.length > 0))(
  "the recordings of $name",
  ({ name, recordings, intervalSources }) => {
    it.each(recordings)("%s: are read by it, with the sources it names", (folder) => {
      expect(existsSync(new URL(`test/recordings/${folder}/traces.otlp.jsonl`, root))).toBe(true);
      const derived = [...readTraces(folder).values()].map((spans) => deriveTrace(spans));
      expect(new Set(derived.flatMap(({ dialects }) => dialects))).toEqual(new Set([name]));
      const phases = derived.flatMap(({ requests }) => requests.flatMap((one) => one.phases));
      expect(phases.length).toBeGreaterThan(0);
      for (const { intervalSource } of phases) expect(intervalSources).toContain(intervalSource);
    });
  },
);
