import { describe, expect, it } from "vitest";
import { loadConfig } from "./load-config.ts";
import { formatProblem } from "./problem.ts";

function load(texts: Record<string, string>, env: Record<string, string> = {}) {
  return loadConfig({
    files: Object.keys(texts),
    readFile: async (path) => {
      const text = texts[path];
      if (text === undefined || text === "MISSING") throw new Error("no such file");
      return text;
    },
    env,
  });
}

async function problems(texts: Record<string, string>, env: Record<string, string> = {}) {
  return (await load(texts, env)).problems.map(formatProblem);
}

describe("loadConfig", () => {
  it("is all defaults without a file", async () => {
    const { config } = await load({});
    expect(config).toMatchObject({
      receivers: {
        otlp: [
          {
            name: "otlp",
            grpc: { host: "127.0.0.1", port: 4317 },
            http: { host: "127.0.0.1", port: 4318 },
            isTrusted: false,
          },
        ],
      },
      exportersFrom: "default",
      nodes: [],
      workers: [],
      grid: { source: "static" },
      attribution: { weights: "priced", decodeTokenPrice: 8 },
      join: { lingerMs: 10_000, holdMs: 300_000, keepMs: 4_200_000, maxPhaseMs: 3_600_000 },
      meters: { maxCounterGapMs: 600_000, maxPowerGapMs: 120_000, gainError: 0.05 },
      attributes: "standard",
      dimensions: { tenant: ["tenant.id", "user.id"] },
      admin: { endpoint: { host: "127.0.0.1", port: 9465 } },
      log: { level: "info", format: "plain" },
    });
    expect(config?.attribution).not.toHaveProperty("idlePolicy");
  });

  it("reads sections without a value as their defaults", async () => {
    expect((await load({ a: "join:\nlog:\n  level:\n" })).config).toEqual((await load({})).config);
  });

  it("turns a protocol off", async () => {
    const { config } = await load({
      a: "receivers: { otlp: { protocols: { grpc: { enabled: false } } } }",
    });
    expect(config?.receivers.otlp).toEqual([
      { name: "otlp", http: { host: "127.0.0.1", port: 4318 }, isTrusted: false },
    ]);
  });

  it("takes any number of receivers by name", async () => {
    const { config } = await load({
      a: "receivers: { otlp/edge: { protocols: { grpc: { endpoint: '0.0.0.0:4317', tls: { cert_file: c, key_file: k } }, http: { enabled: false } }, trusted: true } }",
    });
    expect(config?.receivers.otlp).toEqual([
      {
        name: "otlp/edge",
        grpc: { host: "0.0.0.0", port: 4317, tls: { certFile: "c", keyFile: "k" } },
        isTrusted: true,
      },
    ]);
    expect(await problems({ a: "receivers: { otpl: { trusted: true }, otlp/: {} }" })).toEqual([
      "a: receivers.otpl: unknown key; a receiver is called otlp, or otlp/NAME",
      'a: receivers["otlp/"]: unknown key; a receiver is called otlp, or otlp/NAME',
    ]);
    expect(await problems({ a: "receivers: { otlp/b: { trust: true } }" })).toEqual([
      'a: receivers["otlp/b"].trust: unknown key; did you mean trusted?',
    ]);
  });

  it("keeps secrets out of its messages", async () => {
    const said = await problems({
      a: "exporters: { b: { endpoint: 'http://a:1', auth: { bearer_token: 'geheim !' } } }",
    });
    expect(said).toEqual([
      "a: exporters.b.auth.bearer_token: not a bearer token: letters, digits and -._~+/ only",
    ]);
  });

  it("reads regular expressions, numbers and booleans to match", async () => {
    const { config } = await load({
      a: [
        "workers:",
        "  - match: { a: /w-\\d+/, b: /X/i, c: 7, d: true, e: /, f: a/b, g: 17163090723381650420 }",
        "    node: n",
        "    from: 2026-01-01T00:00:00Z",
      ].join("\n"),
    });
    expect(config?.workers).toEqual([
      {
        match: new Map<string, unknown>([
          ["a", /w-\d+/],
          ["b", /X/i],
          ["c", "7"],
          ["d", "true"],
          ["e", "/"],
          ["f", "a/b"],
          ["g", "17163090723381650420"],
        ]),
        node: "n",
        fromUnixNano: 1_767_225_600_000_000_000n,
      },
    ]);
  });

  it("lists all that is wrong at once, with file, path and what is near", async () => {
    const first = [
      "nods: []",
      "join: { hold: 5, keap: 70m }",
      "nodes:",
      "  - { zone: FR, pue: high }",
      "  - { name: '', devices: [{ id: GPU-1, idle_watts: -1, Model: x }] }",
      "log: { level: loud }",
      "exporters: { b: { endpoint: localhost:4318, headers: { 'a b': secret } } }",
    ].join("\n");
    const second = [
      "grid: { source: live }",
      "workers:",
      "  - { match: { service.name: '/(/', x: [] }, node: n, dp_rank: 1.5 }",
      "meters: { gain_error: 1 }",
      "admin: { endpoint: '9465' }",
      "dimensions: { tenant: [] }",
    ].join("\n");
    const found = await problems({ "first.yaml": first, "second.yaml": second });
    expect([...found].sort()).toEqual(
      [
        "first.yaml: nods: unknown key; did you mean nodes?",
        "first.yaml: join.hold: not a duration with its unit, such as 250ms, 10s or 1h30m: 5",
        "first.yaml: join.keap: unknown key; did you mean keep?",
        "first.yaml: nodes[0].name: is missing",
        "first.yaml: nodes[0].pue: expected number, received string",
        "first.yaml: nodes[1].name: must not be empty",
        "first.yaml: nodes[1].devices[0].idle_watts: expected number to be >=0",
        "first.yaml: nodes[1].devices[0].Model: unknown key; did you mean model?",
        'first.yaml: log.level: expected one of "debug", "info", "warn", "error"',
        'first.yaml: exporters.b.endpoint: not an http or https URL: "localhost:4318"',
        'first.yaml: exporters.b.headers["a b"]: not a valid HTTP header',
        'second.yaml: grid.source: expected one of "static", "fixed", "csv", "electricity_maps", "watttime", "neso", "entso_e", "eia"',
        'second.yaml: workers[0].match["service.name"]: Invalid regular expression: /(/: Unterminated group',
        "second.yaml: workers[0].match.x: expected string, number, boolean",
        "second.yaml: workers[0].dp_rank: expected int, received number",
        "second.yaml: meters.gain_error: expected number to be <1",
        'second.yaml: admin.endpoint: not host:port, such as 127.0.0.1:4317: "9465"',
        "second.yaml: dimensions.tenant: expected array to have >=1 items",
      ].sort(),
    );
    expect(found.join()).not.toContain("secret");
  });

  it("names known keys where none is near", async () => {
    expect(await problems({ a: "log: { zzzzzzzz: 1 }" })).toEqual([
      "a: log.zzzzzzzz: unknown key; known are level, format",
    ]);
    expect(await problems({ a: "grid: { source: static, grams_per_kwh: { FR: 1 } }" })).toEqual([
      "a: grid.grams_per_kwh: does not go with the other settings here",
    ]);
  });

  it("says of every file that it cannot be read", async () => {
    expect(await problems({ a: "MISSING", b: "x: [", c: "nods: 1" })).toEqual([
      "a: cannot be read: no such file",
      expect.stringMatching(/^b:1:\d+: /),
    ]);
  });

  it("says of a missing variable that it is missing, and not what follows from it", async () => {
    expect(await problems({ a: `nodes: [{ name: '\${env:NODE}' }]\njion: 1` })).toEqual([
      "a: nodes[0].name: the environment variable NODE is not set",
      "a: jion: unknown key; did you mean join?",
    ]);
  });

  it("takes exporters from the environment where none is configured", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://tempo:4318" };
    expect((await load({}, env)).config).toMatchObject({
      exportersFrom: "environment",
      exporters: { backend: { endpoint: "http://tempo:4318" } },
    });
    const configured = await load({ a: "exporters: { x: { endpoint: 'http://y:1' } }" }, env);
    expect(Object.keys(configured.config?.exporters ?? {})).toEqual(["x"]);
    expect(await problems({}, { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toEqual([
      "environment: OTEL_EXPORTER_OTLP_PROTOCOL: expected http/*",
    ]);
  });

  it("knows which file a setting is from", async () => {
    const loaded = await load({ a: "join: { keep: 80m }", b: "join: { hold: 1m }" });
    if (loaded.config === undefined) throw new Error("not loaded");
    expect(loaded.fileOf("join.keep")).toBe("a");
    expect(loaded.fileOf("join.hold")).toBe("b");
    expect(loaded.fileOf("admin.endpoint")).toBeUndefined();
  });
});
