import { describe, expect, it } from "vitest";
import { fileConfig } from "./config.ts";
import { expandEnvironment } from "./expand-environment.ts";

function expand(value: unknown, env: Record<string, string> = {}) {
  return expandEnvironment(value, { file: "a.yaml", env, schema: fileConfig });
}

describe("expandEnvironment", () => {
  it("replaces references wherever they stand in a text", () => {
    const value = { exporters: { b: { endpoint: `http://\${env:HOST}:\${env:PORT:-4318}` } } };
    expect(expand(value, { HOST: "tempo" })).toEqual({
      value: { exporters: { b: { endpoint: "http://tempo:4318" } } },
      problems: [],
    });
  });

  it("takes the default for an empty variable too, and an empty text where no default is given", () => {
    const zone = (text: string) => expand({ nodes: [{ zone: text }] }, { EMPTY: "" }).value;
    expect(zone(`\${env:EMPTY:-FR}`)).toEqual({ nodes: [{ zone: "FR" }] });
    expect(zone(`\${env:EMPTY}`)).toEqual({ nodes: [{ zone: "" }] });
    expect(zone(`\${env:MISSING:-}`)).toEqual({ nodes: [{ zone: "" }] });
  });

  it("makes a number or boolean only where one is expected and the text is one", () => {
    const env = { PUE: "1.25", TRUST: "true", TOKEN: "00123", BAD: "1.2x" };
    expect(expand({ nodes: [{ pue: `\${env:PUE}` }, { pue: `\${env:BAD}` }] }, env).value).toEqual({
      nodes: [{ pue: 1.25 }, { pue: "1.2x" }],
    });
    expect(expand({ nodes: [{ pue: "1.25" }] }).value).toEqual({ nodes: [{ pue: "1.25" }] });
    expect(expand({ receivers: { otlp: { trusted: `\${env:TRUST}` } } }, env).value).toEqual({
      receivers: { otlp: { trusted: true } },
    });
    const headers = { exporters: { b: { headers: { token: `\${env:TOKEN}` } } } };
    expect(expand(headers, env).value).toEqual({
      exporters: { b: { headers: { token: "00123" } } },
    });
    expect(expand({ workers: [{ match: { rank: `\${env:TOKEN}` } }] }, env).value).toEqual({
      workers: [{ match: { rank: "00123" } }],
    });
  });

  it("keeps a dollar sign, alone or escaped", () => {
    expect(expand({ a: "5$", b: `$\${env:X}`, c: "$HOME" }).value).toEqual({
      a: "5$",
      b: `\${env:X}`,
      c: "$HOME",
    });
  });

  it("names every missing variable and malformed reference with its path", () => {
    const { problems } = expand({
      nodes: [{ name: `\${env:A}` }, { name: `\${env:toString}` }, { name: `\${file:x}` }],
    });
    expect(problems).toEqual([
      { file: "a.yaml", path: "nodes[0].name", message: "the environment variable A is not set" },
      {
        file: "a.yaml",
        path: "nodes[1].name",
        message: "the environment variable toString is not set",
      },
      {
        file: "a.yaml",
        path: "nodes[2].name",
        message: `not \${env:NAME} or \${env:NAME:-default}: \${file:x}`,
      },
    ]);
  });

  it("leaves out known keys without a value, and keeps unknown ones to be reported", () => {
    expect(expand({ join: null, jion: null, log: { level: null, levle: null } }).value).toEqual({
      jion: null,
      log: { levle: null },
    });
  });
});
