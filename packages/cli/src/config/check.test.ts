import { describe, expect, it } from "vitest";
import { configProblems, configWarnings } from "./check.ts";
import { type Config, fileConfig } from "./config.ts";
import { formatProblem } from "./problem.ts";

const hosts = ["gateway-1", "10.0.0.5", "127.0.0.1"];
const nowMs = Date.UTC(2026, 10, 24);
const backend = { b: { endpoint: "http://tempo:4318" } };

function config(given: object): Config {
  return { ...fileConfig.parse({ exporters: backend, ...given }), exportersFrom: "files" };
}

function problems(given: object): readonly string[] {
  return configProblems(config(given), hosts).map(formatProblem);
}

function warnings(given: object): readonly string[] {
  return configWarnings(config(given), nowMs).map(formatProblem);
}

const gpu = { id: "GPU-1", model: "H100-SXM" };
const sound = {
  nodes: [{ name: "a", zone: "FR", devices: [gpu] }],
  workers: [{ match: { x: "y" }, node: "a", devices: ["GPU-1"] }],
};

describe("configProblems and configWarnings", () => {
  it("say nothing about a sound configuration", () => {
    expect(problems(sound)).toEqual([]);
    expect(warnings(sound)).toEqual([]);
  });

  it("say which devices the roofline knows nothing of", () => {
    const devices = [gpu, { id: "GPU-2", model: "RTX-2080-SUPER" }, { id: "GPU-3", idle_watts: 9 }];
    const given = { nodes: [{ name: "a", zone: "FR", devices }] };
    const told = warnings({ ...given, attribution: { weights: "roofline" } });
    expect(told.filter((line) => line.includes("peak rates"))).toEqual([
      "nodes[0].devices[1].model: peak rates of GPU-2 are not known: its phases are weighed by attribution.decode_token_price",
      "nodes[0].devices[2].model: peak rates of GPU-3 are not known: its phases are weighed by attribution.decode_token_price",
    ]);
    expect(warnings(given).filter((line) => line.includes("peak rates"))).toEqual([]);
  });

  it("say everything at once", () => {
    expect(
      problems({
        nodes: [
          {
            name: "a",
            pue: 0.9,
            devices: [{ id: "G", idle_watts: 70, max_watts: 60 }, { id: "G" }],
          },
          { name: "a", aliases: ["b", "b"], devices: [{ id: "H", model: "T4", idle_watts: 70 }] },
          { name: "c", devices: [{ id: "I", model: "H100-SXM", max_watts: 60 }] },
        ],
        workers: [
          { match: {}, node: "A" },
          { match: {}, node: "b", devices: ["h", "H", "H"] },
          { match: {}, node: "c", devices: [] },
          { match: {}, node: "c", from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:00Z" },
        ],
        join: { keep: "1h", linger: "6m" },
        exporters: { loop: { endpoint: "http://localhost:4318" }, empty: {} },
      }),
    ).toEqual([
      "nodes[0].devices[0].idle_watts: idle power of 70 W is not below the highest of 60 W",
      'nodes[0].devices[1].id: "G" is listed twice',
      "nodes[0].pue: 0.9 is below 1: a site cannot use less than its machines",
      'nodes[1].name: "a" is the name of nodes[0] too',
      'nodes[1].aliases[1]: "b" is given twice',
      "nodes[1].devices[0].idle_watts: idle power of 70 W is not below the highest of 70 W",
      "nodes[2].devices[0].max_watts: idle power of 70 W is not below the highest of 60 W",
      'workers[0].node: there is no node called "A"; known are a, b, c',
      'workers[1].devices[0]: there is no device of a called "h"; known are H',
      'workers[1].devices[2]: "H" is listed twice',
      "workers[2].devices: must not be empty",
      "workers[3].to: is not after from",
      "join.keep: is shorter than max_phase and hold together (65m): the longest phases would lose their readings",
      "join.linger: is longer than hold, which caps it",
      "exporters.loop.endpoint: http://localhost:4318 is our own receiver (receivers.otlp.protocols.http.endpoint): spans would go round",
      "exporters.empty.endpoint: is missing",
    ]);
  });

  it("refuses a keep that no device's clock reaches over", () => {
    expect(problems({ join: { keep: "2h" } })).toEqual([]);
    expect(problems({ join: { keep: "121m" } })).toEqual([
      "join.keep: is longer than 2h, the most that a device's clock can be settled again over",
    ]);
  });

  it("refuses more dimensions than a scan looks for", () => {
    const keys = Array.from({ length: 15 }, (_, i) => `key.${i}`);
    expect(problems({ dimensions: { a: keys.slice(0, 14), b: keys.slice(0, 3) } })).toEqual([]);
    expect(problems({ dimensions: { a: keys } })).toEqual([
      "dimensions: have 15 attribute keys; at most 14 can be looked for",
    ]);
  });

  it("says of a worker row without devices that its node has none", () => {
    expect(problems({ nodes: [{ name: "a" }], workers: [{ match: {}, node: "a" }] })).toEqual([
      "workers[0].node: a has no devices",
    ]);
  });
});

describe("an exporter that sends to ourselves", () => {
  const isRefused = (endpoint: string, http: string): boolean =>
    problems({
      receivers: { otlp: { protocols: { http: { endpoint: http } } } },
      exporters: { b: { endpoint } },
    }).some((problem) => problem.includes("our own receiver"));

  it.each([
    ["http://localhost:4318", "127.0.0.1:4318"],
    ["http://127.0.0.1:4318/otlp", "localhost:4318"],
    ["http://127.9.9.9:4318", "127.0.0.1:4318"],
    ["http://[::1]:4318", "127.0.0.1:4318"],
    ["http://0.0.0.0:4318", "127.0.0.1:4318"],
    ["http://GATEWAY-1.:4318", "127.0.0.1:4318"],
    ["http://gateway-1:4318", "0.0.0.0:4318"],
    ["http://10.0.0.5:4318", "0.0.0.0:4318"],
    ["http://10.0.0.5:4318", "10.0.0.5:4318"],
    ["https://localhost", "127.0.0.1:443"],
    ["http://localhost:4317", "127.0.0.1:4318"],
  ])("is refused: %s with %s", (endpoint, http) => {
    expect(isRefused(endpoint, http)).toBe(true);
  });

  it.each([
    ["http://localhost:14318", "127.0.0.1:4318"],
    ["http://tempo:4318", "127.0.0.1:4318"],
    ["http://10.0.0.6:4318", "0.0.0.0:4318"],
    ["http://localhost:4318", "10.0.0.5:4318"],
  ])("is not seen in %s with %s", (endpoint, http) => {
    expect(isRefused(endpoint, http)).toBe(false);
  });

  it("is seen in a signal's own endpoint", () => {
    const [problem] = problems({
      exporters: {
        "b.c": { endpoint: "http://x:1", traces_endpoint: "http://localhost:4318/v1/traces" },
      },
    });
    expect(problem).toContain('exporters["b.c"].traces_endpoint');
  });

  it("is allowed where the receiver is turned off", () => {
    expect(
      problems({
        receivers: { otlp: { protocols: { http: { enabled: false } } } },
        exporters: { b: { endpoint: "http://localhost:4318" } },
      }),
    ).toEqual([]);
  });
});

describe("two listeners", () => {
  const clash = (grpc: string, admin: string) =>
    problems({
      receivers: { otlp: { protocols: { grpc: { endpoint: grpc } } } },
      admin: { endpoint: admin },
    });

  it("may not share an address", () => {
    const expected = "is taken by receivers.otlp.protocols.grpc.endpoint";
    expect(clash("0.0.0.0:9465", "127.0.0.1:9465")[0]).toBe(
      `admin.endpoint: 127.0.0.1:9465 ${expected}`,
    );
    expect(clash("localhost:9465", "127.0.0.1:9465")[0]).toContain(expected);
    expect(clash("10.0.0.5:9465", "10.0.0.6:9465")).toEqual([]);
    expect(clash("127.0.0.1:0", "127.0.0.1:0")).toEqual([]);
  });
});

describe("configWarnings", () => {
  it("says of an empty configuration what it lacks", () => {
    const empty: Config = {
      ...config({}),
      exporters: fileConfig.parse({ exporters: { backend: { endpoint: "http://d:1" } } }).exporters,
      exportersFrom: "default",
    };
    expect(configWarnings(empty, nowMs).map(formatProblem)).toEqual([
      "nodes: none is configured: no phase gets a figure",
      "exporters: none is configured: sending to http://d:1",
    ]);
  });

  it("says of zones that they are missing, unknown or wide", () => {
    expect(
      warnings({
        nodes: [
          { name: "a" },
          { name: "b", zone: "fr" },
          { name: "c", zone: "US" },
          { name: "d", zone: "DE" },
        ],
      }),
    ).toEqual([
      "nodes[0].zone: is not set: spans of a get joules, but no grams",
      expect.stringMatching(
        /^nodes\[1\]\.zone: no factor for zone "fr": .*; near: FR.*: spans of b get joules, but no grams$/,
      ),
      "nodes[2].zone: US is a country of many grids, whose average can be off several times; name one of them, such as US-AK",
    ]);
  });

  it("looks for zones in the values that are configured", () => {
    const nodes = [
      { name: "a", zone: "FR" },
      { name: "b", zone: "US" },
    ];
    expect(warnings({ nodes, grid: { source: "fixed", grams_per_kwh: { US: 400 } } })).toEqual([
      'nodes[0].zone: no value is configured for zone "FR": spans of a get joules, but no grams',
    ]);
  });

  it("says of devices what is not known of them", () => {
    const devices = [
      { id: "1", model: "H100" },
      { id: "2", model: "abacus" },
      { id: "3", model: "L4" },
      { id: "4" },
      { id: "5", idle_watts: 10 },
    ];
    const [first, second, ...rest] = warnings({ nodes: [{ name: "a", zone: "FR", devices }] });
    expect(first).toBe(
      'nodes[0].devices[0].model: "H100" is not a known model; known and near H100-SXM, H100-PCIe',
    );
    expect(second).toMatch(/^nodes\[0\]\.devices\[1\]\.model: .*; known are H100-SXM, .*M2-Ultra$/);
    expect(rest).toEqual(
      [2, 3].map(
        (at) =>
          `nodes[0].devices[${at}].idle_watts: is not set and not known of the model: idle draw of ${at + 1} counts as its phases' own`,
      ),
    );
  });

  it("says of a device that two nodes have it, and of a node that no row names it", () => {
    const nodes = [...sound.nodes, { name: "b", aliases: ["c"], zone: "FR", devices: [gpu] }];
    expect(warnings({ ...sound, nodes })).toEqual([
      'nodes[1].devices[0].id: "GPU-1" is a device of nodes[0] too: a span that names only the device cannot be placed',
      "nodes[1]: no worker row names b: it is used for spans that carry its name or devices only",
    ]);
    const workers = [...sound.workers, { match: {}, node: "c" }];
    expect(warnings({ nodes, workers })).toHaveLength(1);
  });

  it("says of listeners that they are open to the network", () => {
    expect(
      warnings({
        ...sound,
        receivers: { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" } } } },
        admin: { endpoint: "[::1]:9465" },
      }),
    ).toEqual([
      "receivers.otlp.protocols.grpc.endpoint: 0.0.0.0:4317 is open to the network, without TLS or a token: put a proxy or a firewall in front",
    ]);
  });
});
