import { describe, expect, it } from "vitest";
import { type CommandSpec, parseOptions, pickCommand } from "./parse-args.ts";

const check: CommandSpec = {
  name: "check",
  summary: "Checks.",
  options: {
    config: { type: "string", isRepeatable: true, valueName: "FILE", summary: "A file." },
    output: { type: "string", summary: "Where to." },
    json: { type: "boolean", summary: "As JSON." },
  },
};
const serve: CommandSpec = { name: "gateway", summary: "Runs.", options: {} };

function usageOf(args: readonly string[]): readonly string[] {
  const result = parseOptions(args, check);
  if (result.status !== "usage") throw new Error(`parsed: ${args.join(" ")}`);
  return result.text.split("\nusage: ")[0]?.split("\n") ?? [];
}

describe("pickCommand", () => {
  it("picks a command and leaves its arguments alone", () => {
    expect(pickCommand(["check", "--json", "x"], [check, serve])).toEqual({
      status: "picked",
      command: check,
      args: ["--json", "x"],
    });
  });

  it("lists the commands where none or an unknown one is given", () => {
    const none = pickCommand([], [check, serve]);
    const unknown = pickCommand(["chek"], [check, serve]);
    expect(none.status).toBe("usage");
    expect(unknown).toMatchObject({ status: "usage" });
    expect("text" in unknown && unknown.text).toMatch(
      /^unknown command: chek; did you mean check\?/,
    );
    for (const result of [none, unknown]) {
      expect("text" in result && result.text).toMatch(/check +Checks\.\n +gateway +Runs\./);
    }
  });

  it("shows help when asked", () => {
    expect(pickCommand(["--help"], [check]).status).toBe("help");
    expect(pickCommand(["-x"], [check])).toMatchObject({
      status: "usage",
      text: expect.stringContaining("unknown option before the command: -x"),
    });
  });
});

describe("parseOptions", () => {
  it("reads values, repeated values and flags", () => {
    expect(parseOptions(["--config", "a", "--json", "--config=b", "--output=-"], check)).toEqual({
      status: "parsed",
      strings: new Map([
        ["config", ["a", "b"]],
        ["output", ["-"]],
      ]),
      flags: new Set(["json"]),
    });
    expect(parseOptions([], check)).toMatchObject({ status: "parsed" });
  });

  it("names every mistake at once", () => {
    expect(usageOf(["--confg", "a", "--json=1", "-v", "--output", "x", "--output=y"])).toEqual([
      "unknown option: --confg; did you mean --config?",
      "unexpected argument: a",
      "--json takes no value",
      "unknown option: -v",
      "--output is given twice",
    ]);
  });

  it("does not take the next option for a value", () => {
    expect(usageOf(["--config", "--json"])).toEqual(["--config needs a value: --config FILE"]);
    expect(usageOf(["--config"])).toEqual(["--config needs a value: --config FILE"]);
    expect(usageOf(["--constructor"])[0]).toMatch(/^unknown option: --constructor/);
    expect(usageOf(["--no-json"])[0]).toMatch(/^unknown option: --no-json/);
  });

  it("shows the options when asked, whatever else is given", () => {
    for (const args of [["--help"], ["-h"], ["--bogus", "--help"]]) {
      expect(parseOptions(args, check)).toMatchObject({
        status: "help",
        text: expect.stringMatching(/--config FILE +A file\.\n(?:.*\n)* {2}--json +As JSON\./),
      });
    }
  });
});
