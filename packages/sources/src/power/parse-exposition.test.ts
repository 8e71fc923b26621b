import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Exposition, parseExposition } from "./parse-exposition.ts";

interface Row {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs?: number;
}

function rowsOf(page: Exposition): readonly Row[] {
  return Array.from({ length: page.count }, (_, i): Row => {
    const from = page.labelStart[i] ?? 0;
    const keys = page.labelKeys.slice(from, page.labelStart[i + 1]);
    const timestampMs = page.timestampsMs[i] as number;
    return {
      name: page.names[page.nameIndex[i] as number] as string,
      labels: Object.fromEntries(keys.map((key, k) => [key, page.labelValues[from + k] ?? ""])),
      value: page.values[i] as number,
      ...(Number.isNaN(timestampMs) ? {} : { timestampMs }),
    };
  });
}

const read = (text: string): readonly Row[] => rowsOf(parseExposition(text));
const faultsOf = (text: string): readonly (readonly [number, string])[] =>
  parseExposition(text).problems.map(({ line, fault }) => [line, fault]);

describe("parseExposition", () => {
  it("reads names, labels, values and timestamps", () => {
    const text = `# HELP watts Draw of \\ the "board".
# TYPE watts gauge
watts{gpu="0", UUID="GPU-a",} 631.950000 1764000000123
watts 7

  joules_total{note="a\\"b\\\\c\\nd"}\t1.26e+11\r
`;
    expect(read(text)).toEqual([
      {
        name: "watts",
        labels: { gpu: "0", UUID: "GPU-a" },
        value: 631.95,
        timestampMs: 1764000000123,
      },
      { name: "watts", labels: {}, value: 7 },
      { name: "joules_total", labels: { note: 'a"b\\c\nd' }, value: 1.26e11 },
    ]);
    expect(faultsOf(text)).toEqual([]);
  });

  it("reads OpenMetrics: seconds, exemplars, the end mark", () => {
    expect(
      read('joules_total{a="b"} 5 1764000000.5 # {trace_id="x"} 1 1764000000\nwatts 7\n# EOF\n'),
    ).toEqual([
      { name: "joules_total", labels: { a: "b" }, value: 5, timestampMs: 1764000000500 },
      { name: "watts", labels: {}, value: 7 },
    ]);
  });

  it("reads quoted names", () => {
    expect(read('{"hw.energy", "hw.id"="GPU-a"} 5')).toEqual([
      { name: "hw.energy", labels: { "hw.id": "GPU-a" }, value: 5 },
    ]);
  });

  it.each([
    ["NaN", Number.NaN],
    ["nan", Number.NaN],
    ["+Inf", Number.POSITIVE_INFINITY],
    ["-Inf", Number.NEGATIVE_INFINITY],
    ["9223372036854775794", 2 ** 63],
    [".5", 0.5],
    ["1.", 1],
  ])("reads the value %s", (text, value) => {
    expect(read(`watts ${text}`)[0]?.value).toBe(value);
  });

  it.each([
    ["watts", "value"],
    ["watts 0x10", "value"],
    ["watts 1_000", "value"],
    ["watts {} 5 later", "timestamp"],
    ["watts 5 1 2", "trailing"],
    ["watts 5 NaN", "timestamp"],
    ['watts{a="b} 5', "labels"],
    ['watts{a="b"c="d"} 5', "labels"],
    ['watts{a="b",a="c"} 5', "labels"],
    ['watts{"a","b"} 5', "labels"],
    ["watts{a=5} 5", "labels"],
    ["watts{", "labels"],
    ["5 watts", "name"],
    ["{} 5", "name"],
    ['watts{"joules"} 5', "name"],
    ["<html>", "name"],
  ])("says that line 2 is wrong: %s", (line, fault) => {
    expect(faultsOf(`ok 1\n${line}\nok 2`)).toEqual([[2, fault]]);
    expect(read(`ok 1\n${line}\nok{a="b"} 2`)).toEqual([
      { name: "ok", labels: {}, value: 1 },
      { name: "ok", labels: { a: "b" }, value: 2 },
    ]);
  });

  it("passes over what is not wanted", () => {
    const page = parseExposition(
      'a{b="c"} nothing\nd{e="f"} 5\n{"g", h="i"} 6\n',
      (name) => name === "d",
    );
    expect(rowsOf(page)).toEqual([{ name: "d", labels: { e: "f" }, value: 5 }]);
    expect(page.problemCount).toBe(0);
  });

  it("keeps a hundred problems and counts all", () => {
    const page = parseExposition("watts\n".repeat(250));
    expect([page.problems.length, page.problemCount]).toEqual([100, 250]);
  });

  it("gives back what was written", () => {
    const labelName = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);
    const row = fc.record({
      name: fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,12}$/),
      labels: fc.dictionary(labelName, fc.string({ unit: "grapheme" }), { maxKeys: 4 }),
      value: fc.double({ noNaN: true }),
      timestampMs: fc.integer({ min: 0, max: 4e12 }),
    });
    const quoted = (text: string): string =>
      `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`;
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const text = rows.map(({ name, labels, value, timestampMs }) => {
          const inner = Object.entries(labels).map(([key, label]) => `${key}=${quoted(label)}`);
          const finite = Object.is(value, -0) ? "-0" : `${value}`;
          const written = Number.isFinite(value) ? finite : value > 0 ? "+Inf" : "-Inf";
          return `${name}{${inner.join(",")}} ${written} ${timestampMs}\n`;
        });
        expect(faultsOf(text.join(""))).toEqual([]);
        expect(read(text.join(""))).toEqual(
          rows.map((one) => ({ ...one, labels: { ...one.labels } })),
        );
      }),
    );
  });

  it("never throws, and each line is a sample, a problem or neither", () => {
    const fragment = fc.constantFrom(
      ...["watts", "{", "}", '"', "\\", "=", ",", " ", "\n", "#", "5", "a", "NaN", "# EOF", "\r"],
    );
    const pages = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(pages, (text) => {
        const page = parseExposition(text);
        const lines = text.split("\n");
        expect(page.count + page.problemCount).toBeLessThanOrEqual(lines.length);
        expect(page.labelStart.length).toBe(page.count + 1);
        expect(page.labelStart.at(-1)).toBe(page.labelKeys.length);
        for (const { line, message } of page.problems) {
          expect(lines[line - 1]?.replace(/\r$/, "")).not.toBe("");
          expect(message).not.toBe("");
        }
      }),
      { numRuns: 500 },
    );
  });
});
