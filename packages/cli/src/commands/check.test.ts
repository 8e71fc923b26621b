import { describe, expect, it } from "vitest";
import { runCheck } from "./check.ts";

async function check(
  args: readonly string[],
  files: Record<string, string> = {},
  options: { env?: Record<string, string>; isTTY?: boolean } = {},
) {
  let out = "";
  let err = "";
  const code = await runCheck(args, {
    stdout: {
      isTTY: options.isTTY ?? false,
      write: (text) => {
        out += text;
      },
    },
    stderr: {
      write: (text) => {
        err += text;
      },
    },
    env: options.env ?? {},
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw new Error("ENOENT: no such file or directory");
      return text;
    },
  });
  return { code, out, err };
}

const sound = [
  "exporters: { b: { endpoint: 'http://tempo.example:4318' } }",
  "nodes: [{ name: a, zone: FR, devices: [{ id: GPU-1, model: H100-SXM }] }]",
].join("\n");

describe("runCheck", () => {
  it("counts what a sound configuration has", async () => {
    expect(await check(["--config", "a"], { a: sound })).toEqual({
      code: 0,
      out: "ok 1 node, 1 device, 0 worker rows, 1 exporter\n",
      err: "",
    });
  });

  it("warns and still succeeds", async () => {
    const { code, out } = await check([], {});
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "warning nodes: none is configured: no phase gets a figure",
      "warning exporters: none is configured: sending to http://127.0.0.1:14318",
      "ok 0 nodes, 0 devices, 0 worker rows, 1 exporter",
      "",
    ]);
  });

  it("lists problems with the file each is in, and fails", async () => {
    const { code, out } = await check(["--config", "a", "--config=b"], {
      a: sound,
      b: "join: { keep: 10m }\nworkers: [{ match: {}, node: A }]",
    });
    expect(code).toBe(1);
    expect(out.split("\n")).toEqual([
      'problem b: workers[0].node: there is no node called "A"; known are a',
      "problem b: join.keep: is shorter than max_phase and hold together (65m): the longest phases would lose their readings",
      "warning a: nodes[0]: no worker row names a: it is used for spans that carry its name or devices only",
      "failed 2 problems",
      "",
    ]);
  });

  it("fails where a file cannot be read or has the wrong shape", async () => {
    expect(await check(["--config", "x"])).toEqual({
      code: 1,
      out: "problem x: cannot be read: ENOENT: no such file or directory\nfailed 1 problem\n",
      err: "",
    });
    expect(await check(["--config", "a"], { a: "nods: 1" })).toMatchObject({
      code: 1,
      out: "problem a: nods: unknown key; did you mean nodes?\nfailed 1 problem\n",
    });
  });

  it("writes JSON", async () => {
    const { code, out } = await check(["--json", "--config", "a"], { a: "nods: 1" });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      ok: false,
      problems: [{ file: "a", path: "nods", message: "unknown key; did you mean nodes?" }],
      warnings: [],
    });
    const soundOut = await check(["--json", "--config", "a"], { a: sound });
    expect(JSON.parse(soundOut.out)).toEqual({ ok: true, problems: [], warnings: [] });
  });

  it("colours a terminal only, and not where NO_COLOR is set", async () => {
    const isColoured = async (options: { env?: Record<string, string>; isTTY?: boolean }) =>
      (await check([], {}, options)).out.includes("\u001b[");
    expect(await isColoured({ isTTY: true })).toBe(true);
    expect(await isColoured({ isTTY: true, env: { NO_COLOR: "" } })).toBe(true);
    expect(await isColoured({ isTTY: true, env: { NO_COLOR: "1" } })).toBe(false);
    expect(await isColoured({ isTTY: false })).toBe(false);
  });

  it("exits with 2 for wrong usage and 0 for help", async () => {
    const wrong = await check(["--confg", "a"]);
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.err).toContain("unknown option: --confg; did you mean --config?");
    const help = await check(["--help"]);
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toContain("--config FILE");
  });

  it("reads variables from the environment", async () => {
    const { code, out } = await check(
      ["--config", "a"],
      { a: `nodes: [{ name: a, zone: '\${env:ZONE}' }]` },
      { env: { ZONE: "PL", OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318" } },
    );
    expect(code).toBe(1);
    expect(out).toContain("exporters.backend.endpoint: http://localhost:4318 is our own receiver");
    expect(out).not.toContain("zone");
  });
});
