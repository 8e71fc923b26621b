import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Gateway, type GatewayOptions, startGateway } from "../gateway.ts";
import { createLog } from "../log.ts";
import { oneDevice, phaseOf, requestOf } from "../pipeline.test.fixture.ts";
import {
  type Backend,
  startBackend,
  stopAll,
  withStatus,
} from "../send/start-backend.test.fixture.ts";
import { loadLmdb } from "./load-lmdb.ts";
import { openTables } from "./open-tables.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const join0 = { ...oneDevice.join, lingerMs: 0, holdMs: 2000, exportDelayMs: 0 };
const running: Gateway[] = [];
let directory = "";
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "wattspan-spool-")), "spool");
});
afterEach(async () => {
  await stopRunning();
  await stopAll();
  rmSync(join(directory, ".."), { recursive: true, force: true });
});

async function stopRunning(): Promise<void> {
  await Promise.all(running.splice(0).map((gateway) => gateway.shutdown()));
}

interface Started {
  readonly lines: string[];
  readonly gateway: Gateway;
  readonly metrics: () => Promise<string>;
  readonly post: (signal: string, body: Uint8Array | string) => Promise<Response>;
}

async function start(
  backends: readonly Backend[],
  options: Partial<GatewayOptions> & { maxBytes?: number; maxAgeMs?: number } = {},
): Promise<Started> {
  const { maxBytes = 1e9, maxAgeMs = 60_000, ...more } = options;
  const lines: string[] = [];
  const settings = backends.map(({ url }, i) => {
    const exporter = { endpoint: url, compression: "none", retry: { initialDelayMs: 20 } } as const;
    return [`backend-${i}`, exporter] as const;
  });
  const gateway = await startGateway({
    pipeline: { ...oneDevice, join: join0 },
    http: loopback,
    admin: loopback,
    exporters: new Map(settings),
    spool: { directory, maxBytes, maxAgeMs, sync: "disk" },
    metricIntervalMs: 3_600_000,
    log: createLog({ write: (line) => lines.push(line), intervalMs: 0 }),
    ...more,
  });
  running.push(gateway);
  const urlOf = (of: "http" | "admin"): string => `http://127.0.0.1:${gateway.addresses[of]?.port}`;
  return {
    gateway,
    lines,
    metrics: () => fetch(`${urlOf("admin")}/metrics`).then((answer) => answer.text()),
    post: (signal, body) =>
      fetch(`${urlOf("http")}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }),
  };
}

/** A counter at 500 W, a reading a second. */
function counterFrom(baseMs: number): string {
  const dataPoints = Array.from({ length: 13 }, (_, i) => ({
    timeUnixNano: String(BigInt(baseMs + i * 1000) * 1_000_000n),
    asDouble: 1000 + i * 500,
    attributes: [
      { key: "hw.id", value: { stringValue: "GPU-1" } },
      { key: "hw.type", value: { stringValue: "gpu" } },
      { key: "host.name", value: { stringValue: "node-a" } },
    ],
  }));
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  const metrics = [{ name: "hw.energy", unit: "J", sum }];
  return JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

interface Sent {
  readonly name: string;
  readonly traceId: string;
  readonly joules: number | undefined;
}

/** Spans as a backend got them, requests of metrics left out. */
function spansAt({ requests }: Backend): readonly Sent[] {
  return requests
    .filter(({ path }) => path === "/v1/traces")
    .flatMap(({ body }) => JSON.parse(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ name, traceId, attributes }) => ({
      name,
      traceId: String(traceId).slice(0, 1),
      joules: attributes.find(({ key }: { key: string }) => key === "footprint.energy.accelerator")
        ?.value.doubleValue,
    }));
}

const logRecord = (text: string): string =>
  JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: text } }] }] }],
  });

describe("a gateway with a spool that is started again", () => {
  it("corrects what it told before, and tells nothing twice", async () => {
    const backend = await startBackend();
    const baseMs = Date.now() - 60_000;
    const first = await start([backend]);
    await first.post("metrics", counterFrom(baseMs));
    const one = { id: "1", trace: "a", attributes: phaseOf("decode", 10) };
    await first.post("traces", requestOf([one], { baseMs }));
    await expect.poll(() => spansAt(backend)).toHaveLength(1);
    expect(spansAt(backend)[0]?.joules).toBeCloseTo(4000, 6);
    await first.gateway.shutdown();

    const again = await start([backend]);
    expect(again.gateway.pipeline.phaseCount).toBe(1);
    // A late phase takes three quarters of it.
    const late = { id: "2", trace: "b", attributes: phaseOf("decode", 30) };
    await again.post("traces", requestOf([late], { baseMs }));
    await expect.poll(() => spansAt(backend), { timeout: 8000 }).toHaveLength(3);
    const [, told, correction] = spansAt(backend);
    expect([told?.traceId, correction?.name, correction?.traceId]).toEqual([
      "b",
      "restatement",
      "a",
    ]);
    expect(told?.joules).toBeCloseTo(3000, 6);
    expect(correction?.joules).toBeCloseTo(-3000, 6);

    // The correction was told too: another start does not tell it again.
    await again.gateway.shutdown();
    await start([backend]);
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(spansAt(backend)).toHaveLength(3);
  }, 30_000);

  it("still holds what it held", async () => {
    const backend = await startBackend();
    const pipeline = { ...oneDevice, join: { ...join0, lingerMs: 1500 } };
    const first = await start([backend], { pipeline });
    const baseMs = Date.now() - 10_000;
    const one = { id: "1", trace: "a", attributes: phaseOf("decode", 10) };
    await first.post("traces", requestOf([one], { baseMs }));
    await first.gateway.shutdown();
    expect(spansAt(backend)).toEqual([]);
    const again = await start([backend], { pipeline });
    expect(again.gateway.pipeline.heldCount).toBe(1);
    expect(again.lines.join("")).toContain("took up where the spool ends records=1 held=1");
    await expect.poll(() => spansAt(backend), { timeout: 5000 }).toHaveLength(1);
  }, 20_000);

  it("sends to each backend what that one has not taken", async () => {
    const [up, down] = [await startBackend(), await startBackend(withStatus(503))];
    const first = await start([up, down]);
    await first.post("logs", logRecord("x"));
    await expect.poll(() => up.requests.length).toBe(1);
    await first.gateway.shutdown();
    const port = down.port;
    await down.stop();
    const risen = await startBackend(withStatus(200), port);
    await start([up, risen]);
    await expect.poll(() => risen.requests[0]?.body, { timeout: 5000 }).toBe(logRecord("x"));
    expect(up.requests.filter(({ path }) => path === "/v1/logs")).toHaveLength(1);
  }, 30_000);

  it("takes a request that was acknowledged before the stop only once", async () => {
    const backend = await startBackend();
    const first = await start([backend]);
    const body = requestOf([{ id: "1" }, { id: "2" }]);
    expect((await first.post("traces", body)).status).toBe(200);
    expect((await first.post("traces", body)).status).toBe(200);
    await first.gateway.shutdown();
    const again = await start([backend]);
    expect((await again.post("traces", body)).status).toBe(200);
    await expect.poll(() => spansAt(backend).length).toBe(2);
    expect(await again.metrics()).toContain(
      'wattspan_dropped_items_total{signal="traces",reason="repeated"} 2',
    );
  }, 20_000);
});

describe("what is on the disk", () => {
  it("is for this user alone, without the attributes that are not to be kept", async () => {
    const backend = await startBackend();
    const pipeline = { ...oneDevice, redact: ["gen_ai.input.messages"] };
    const { post } = await start([backend], { pipeline });
    const secret = { "gen_ai.input.messages": "the secret prompt", "server.address": "kept" };
    const phase = { id: "1", attributes: phaseOf("decode", 10, secret) };
    await post("traces", requestOf([phase, { id: "2", attributes: secret }]));
    await expect.poll(() => backend.requests.length).toBe(1);
    expect(backend.requests[0]?.body).toContain("kept");
    const all = readdirSync(directory).map((file) => join(directory, file));
    const texts = all
      .filter((file) => statSync(file).isFile())
      .map((file) => readFileSync(file).toString("latin1"));
    expect(texts.some((text) => text.includes("server.address"))).toBe(true);
    for (const text of [...texts, backend.requests[0]?.body]) expect(text).not.toContain("secret");
    if (process.platform === "win32") return;
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of all.filter((path) => path.includes("data.mdb"))) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
  });

  it("goes once it arrived and nothing needs it any more", async () => {
    const backend = await startBackend();
    const join1 = { ...join0, holdMs: 100, maxPhaseMs: 100, keepMs: 1000 };
    const { post, metrics } = await start([backend], { pipeline: { ...oneDevice, join: join1 } });
    await post("traces", requestOf([{ id: "1", attributes: phaseOf("decode", 10) }, { id: "2" }]));
    const records = async (): Promise<readonly string[]> =>
      (await metrics()).split("\n").filter((line) => /spool_records.*(outgoing|kept)/.test(line));
    await expect
      .poll(records, { timeout: 5000 })
      .toEqual([
        'wattspan_spool_records{table="outgoing"} 0',
        'wattspan_spool_records{table="kept"} 0',
      ]);
  });

  it("is given up, and counted, when it is too old", async () => {
    const backend = await startBackend(withStatus(503, "", { "retry-after": "60" }));
    const first = await start([backend]);
    await first.post("logs", logRecord("x"));
    await first.gateway.shutdown();
    const { metrics, lines } = await start([], { maxAgeMs: 1 });
    const dropped = 'wattspan_dropped_items_total{signal="logs",reason="too_old"} 1';
    await expect.poll(metrics, { timeout: 5000 }).toContain(dropped);
    expect(lines.filter((line) => line.includes("ERROR requests dropped"))).toHaveLength(1);
  }, 30_000);

  it("is one gateway's alone", async () => {
    await start([]);
    await expect(start([])).rejects.toThrow(`another process uses the spool ${directory}`);
  });

  it("is not touched where another version laid it out", async () => {
    const first = await start([]);
    await first.gateway.shutdown();
    const { root } = openTables(loadLmdb(), join(directory, "data.mdb"));
    await root.batch(() => void root.put("format", Buffer.from('{"format":2,"version":"9.1.0"}')));
    await root.close();
    await expect(start([])).rejects.toThrow(
      /has layout 2, this version reads 1: run `npx wattspan@9.1.0 gateway`/,
    );
  });
});

describe("a damaged spool", () => {
  async function filled(backend: Backend): Promise<void> {
    const { post, gateway } = await start([backend]);
    const baseMs = Date.now() - 10_000;
    for (const trace of ["a", "b", "c"]) {
      const one = { id: "1", trace, attributes: phaseOf("decode", 10, { mark: `mark ${trace}` }) };
      await post("traces", requestOf([one], { baseMs }));
    }
    await gateway.shutdown();
  }

  it("loses the damaged record, counted and in one line, and keeps the others", async () => {
    const backend = await startBackend();
    await filled(backend);
    const path = join(directory, "data.mdb");
    const bytes = readFileSync(path);
    for (let at = bytes.indexOf("mark b"); at >= 0; at = bytes.indexOf("mark b", at)) bytes[at] = 0;
    writeFileSync(path, bytes);
    const { gateway, lines, metrics } = await start([backend]);
    expect(gateway.pipeline.phaseCount).toBe(2);
    expect(lines.filter((line) => line.includes("ERROR"))).toEqual([
      expect.stringContaining("damaged records were cut about=spool records=1"),
    ]);
    expect(await metrics()).toContain("wattspan_spool_cut_records_total 1");
  });

  it("starts empty where the file is cut short or has no head, in one line", async () => {
    const backend = await startBackend();
    await filled(backend);
    const path = join(directory, "data.mdb");
    const { size } = statSync(path);
    truncateSync(path, size / 2);
    const half = await start([backend]);
    expect(half.gateway.pipeline.phaseCount).toBe(0);
    expect(half.lines.filter((line) => line.includes("ERROR"))).toEqual([
      expect.stringContaining("the spool is damaged: starting with an empty one"),
    ]);
    expect((await half.post("logs", logRecord("x"))).status).toBe(200);
    await half.gateway.shutdown();
    writeFileSync(path, Buffer.alloc(size, 0xaa));
    const headless = await start([backend]);
    expect(headless.lines.join("")).toContain("its first pages are damaged");
    expect(readdirSync(directory)).toContain("data.mdb.damaged");
  });

  it("is read by another process first where one before did not get through it", async () => {
    const backend = await startBackend();
    await filled(backend);
    const path = join(directory, "data.mdb");
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xaa, 8192));
    writeFileSync(join(directory, "unproven"), "");
    const { lines, gateway } = await start([backend]);
    expect(lines.join("")).toContain("ERROR the spool is damaged");
    expect(gateway.pipeline.phaseCount).toBe(0);
  });
});
