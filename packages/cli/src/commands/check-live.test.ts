import { instantOf } from "@wattspan/footprint";
import { createLog, type Gateway, startGateway } from "@wattspan/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fileConfig } from "../config/config.ts";
import { resolvePipeline } from "../config/resolve-pipeline.ts";
import { runCheck } from "./check.ts";

const running: Gateway[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.shutdown()));
});

const baseMs = Date.now() - 600_000;

/** A gateway of these nodes, and what `check --live` says of it. */
async function start(nodes: readonly object[]) {
  const gateway = await startGateway({
    pipeline: resolvePipeline(fileConfig.parse({ nodes })),
    http: { host: "127.0.0.1", port: 0 },
    admin: { host: "127.0.0.1", port: 0 },
    exporters: new Map(),
    log: createLog({ write: () => {} }),
  });
  running.push(gateway);
  const admin = { endpoint: `127.0.0.1:${gateway.addresses.admin?.port}` };
  const exporters = { b: { endpoint: "http://tempo:4318" } };
  return {
    gateway,
    check: (...args: string[]) => check(args, { nodes, admin, exporters }),
  };
}

async function check(args: readonly string[], config: object) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCheck(["--live", ...args, "--config", "c"], {
    stdout: { write: (text) => void out.push(text) },
    stderr: { write: (text) => void err.push(text) },
    env: {},
    readFile: async () => JSON.stringify(config),
  });
  return { code, out: out.join(""), err: err.join("") };
}

/** Readings a second over two minutes: `busyWatts` from second 40 to 50, else `idleWatts`. */
function meter({ pipeline }: Gateway, device: string, idleWatts: number, busyWatts: number): void {
  let value = 500;
  for (let second = 0; second <= 120; second++) {
    const at = instantOf(BigInt(baseMs + second * 1000) * 1_000_000n);
    pipeline.addReadings([{ device, kind: "counter", value, at }]);
    value += second >= 40 && second < 50 ? busyWatts : idleWatts;
  }
}

async function work(gateway: Gateway, resource: Record<string, string>): Promise<void> {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = {
    traceId: "a".repeat(32),
    spanId: Buffer.from(JSON.stringify(resource)).toString("hex").slice(-16),
    name: "decode",
    startTimeUnixNano: `${BigInt(baseMs + 40_000) * 1_000_000n}`,
    endTimeUnixNano: `${BigInt(baseMs + 50_000) * 1_000_000n}`,
    attributes: [text("footprint.inference.phase", "decode")],
  };
  const attributes = Object.entries(resource).map(([key, value]) => text(key, value));
  await fetch(`http://127.0.0.1:${gateway.addresses.http?.port}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }],
    }),
  });
}

describe("check --live", () => {
  it("proposes machines, devices and idle power that its gateway saw, ready to paste", async () => {
    const { gateway, check: run } = await start([]);
    meter(gateway, "gpu-7/GPU-x", 71.25, 400);
    await work(gateway, { "service.name": 'vllm "a"\n# b', "host.name": "gpu-8" });
    const { code, out, err } = await run();
    expect([code, err]).toEqual([1, ""]);
    const proposed = parse(out);
    expect(proposed).toEqual({
      workers: [{ match: { "service.name": 'vllm "a"\n# b' }, node: "gpu-7" }],
      nodes: [{ name: "gpu-7", devices: [{ id: "GPU-x", idle_watts: 71.25 }] }],
    });
    expect(fileConfig.parse(proposed).workers).toHaveLength(1);
    expect(out).toContain("measured over 120 intervals of 120 s without work");

    // With what was proposed there is nothing more to add.
    const second = await start(proposed.nodes);
    meter(second.gateway, "gpu-7/GPU-x", 71.25, 400);
    await work(second.gateway, { "service.name": "vllm", "host.name": "gpu-7" });
    const again = await second.check();
    expect(again).toEqual({
      code: 0,
      out: "# Nothing to add: every worker that was seen has its devices.\n",
      err: "",
    });
  });

  it("asks which of several machines it was, and which devices of one", async () => {
    const devices = [
      { id: "GPU-1", idle_watts: 100 },
      { id: "GPU-2", idle_watts: 100 },
    ];
    const { gateway, check: run } = await start([{ name: "a", devices }, { name: "b" }]);
    meter(gateway, "a/GPU-1", 95, 400);
    meter(gateway, "a/GPU-2", 50, 50);
    await work(gateway, { "service.name": "lost" });
    await work(gateway, { "service.name": "vague", "host.name": "a" });
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(parse(out)).toEqual({
      workers: [
        { match: { "service.name": "lost" }, node: "?" },
        { match: { "service.name": "vague" }, node: "a", devices: ["GPU-1", "GPU-2"] },
      ],
      // 95 W is near enough to what is set; the interval with work in it is not idle.
      nodes: [{ name: "a", devices: [{ id: "GPU-2", idle_watts: 50 }] }],
    });
    expect(out).toContain('one of "a", "b"');
    expect(out).toContain("100 is set; measured over 109 intervals");
    const json = JSON.parse((await run("--json")).out);
    expect(json).toMatchObject({ ok: false, unknownDevices: [], unusedDevices: [] });
  });

  it("names metered devices that nothing ran on, which is no fault", async () => {
    const devices = [{ id: "GPU-1", idle_watts: 100 }];
    const { gateway, check: run } = await start([{ name: "a", devices }]);
    meter(gateway, "a/GPU-1", 100, 100);
    expect(await run()).toMatchObject({
      code: 0,
      out: expect.stringContaining('# "a/GPU-1" is metered, but no phase ran on it.'),
    });
  });

  it("fails where no gateway answers, and where the file is wrong", async () => {
    const { gateway, check: run } = await start([]);
    await gateway.shutdown();
    const silent = await run();
    expect([silent.code, silent.out]).toEqual([1, ""]);
    expect(silent.err).toMatch(
      /^no gateway answers at http:\/\/127\.0\.0\.1:\d+\/api\/placement: /,
    );
    expect(await check([], { nods: 1 })).toMatchObject({ code: 1, err: "" });
    expect(await check(["--liv"], {})).toMatchObject({ code: 2 });
  });
});
