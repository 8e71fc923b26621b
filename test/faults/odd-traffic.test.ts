import { connect, type Socket } from "node:net";
import {
  createHttpReceiver,
  createLog,
  createPipeline,
  createTelemetry,
  type HttpReceiver,
} from "@wattspan/gateway";
import { attributesOf, createTraceScanner, nameOf } from "@wattspan/otlp";
import { afterEach, describe, expect, it } from "vitest";
import { defaultPipeline } from "../default-pipeline.ts";
import { FLEET, makeReading, makeTrace, type Sent } from "./make-load.ts";

const closing: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startReceiver(): Promise<{
  receiver: HttpReceiver;
  counted: () => Promise<string>;
}> {
  const telemetry = createTelemetry();
  const receiver = await createHttpReceiver({
    endpoint: { host: "127.0.0.1", port: 0 },
    accept: () => ({ status: "accepted", rejected: 0 }),
    limits: { maxConnections: 100, headersTimeoutMs: 400, requestTimeoutMs: 800 },
    telemetry,
    log: createLog({ write: () => undefined }),
  });
  closing.push(() => receiver.shutdown(0));
  return { receiver, counted: telemetry.render };
}

async function open(port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    return socket;
  });
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => new Promise((done) => socket.once("connect", done))));
  return sockets;
}

const post = (port: number): Promise<number> =>
  fetch(`http://127.0.0.1:${port}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: '{"resourceLogs":[]}',
  }).then(({ status }) => status);

describe("connections", () => {
  it("that send a byte at a time do not keep others away, and are cut", async () => {
    const { receiver } = await startReceiver();
    const slow = await open(receiver.address.port, 60);
    const closed = slow.map((socket) => new Promise((done) => socket.once("close", done)));
    for (const socket of slow) socket.resume().write("POST /v1/logs HTTP/1.1\r\nx: ");
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write("y");
    }, 50);
    closing.push(async () => clearInterval(drip));
    expect(await post(receiver.address.port)).toBe(200);
    await Promise.all(closed);
    expect(await post(receiver.address.port)).toBe(200);
  });

  it("beyond the limit are refused and counted, and room is room again", async () => {
    const { receiver, counted } = await startReceiver();
    const { port } = receiver.address;
    const many = await open(port, 300);
    await expect
      .poll(counted)
      .toMatch(/wattspan_refused_connections_total\{transport="http"\} 2\d\d/);
    for (const socket of many) socket.destroy();
    await expect.poll(() => post(port).catch(() => 0)).toBe(200);
  });
});

interface Left {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, unknown>;
}

function startPipeline() {
  const left: Left[] = [];
  const clock = { nowMs: 1_795_000_000_000 };
  const scanner = createTraceScanner({ names: [], keys: [] });
  const pipeline = createPipeline(
    { ...defaultPipeline, ...FLEET },
    (signal, encoding, body) => {
      if (signal !== "traces") return true;
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        left.push({ name: nameOf(table, i), attributes: attributesOf(table, i) });
      }
      return true;
    },
    () => clock.nowMs,
  );
  const give = ({ signal, encoding, body }: Sent): unknown =>
    pipeline.accept(signal, encoding, body);
  const phases = (): readonly Left[] =>
    left.filter(({ name }) => /^(?:prefill|decode)$/.test(name));
  return { pipeline, give, phases, clock };
}

const STATUS = "footprint.measurement.status";
const ENERGY = "footprint.energy.accelerator";

describe("a clock that steps", () => {
  it.each([
    ["back by an hour", -3_600_000],
    ["forward by half of one", 1_800_000],
  ])("%s loses no span, and no joule", (_, stepMs) => {
    const { pipeline, give, phases, clock } = startPipeline();
    const baseMs = clock.nowMs;
    for (let second = 0; second < 120; second++) {
      clock.nowMs = baseMs + second * 1000 + (second < 60 ? 0 : stepMs);
      // Meters and workers keep their time: the gateway's is another.
      give(makeReading(baseMs + second * 1000, "protobuf"));
      for (const sent of makeTrace(second, baseMs + second * 1000, "json")) give(sent);
      pipeline.tick(clock.nowMs);
    }
    pipeline.finish(clock.nowMs);
    expect(phases()).toHaveLength(240);
    const { totals } = pipeline.summary();
    const rest = totals.idleJoules + totals.unattributedJoules;
    expect(totals.attributedJoules + rest).toBeCloseTo(totals.meteredJoules, 6);
    expect(totals.meteredJoules).toBeGreaterThan(30_000);
  });
});

describe("spans of another world", () => {
  it("leave without a figure where the meters are gone", () => {
    const { pipeline, give, phases, clock } = startPipeline();
    const baseMs = clock.nowMs;
    for (let second = 0; second < 10; second++) give(makeReading(baseMs + second * 1000, "json"));
    for (const sent of makeTrace(1, baseMs + 5000, "json")) give(sent);
    for (const sent of makeTrace(2, baseMs + 60_000, "json")) give(sent);
    clock.nowMs = baseMs + 600_000;
    pipeline.tick(clock.nowMs);
    const told = phases().map(({ attributes }) => [attributes.get(STATUS), attributes.has(ENERGY)]);
    expect(told).toEqual([
      ["measured", true],
      ["measured", true],
      ["missing", false],
      ["missing", false],
    ]);
  });

  it("leave uncharged where they are of 1970, or computed 2^60 tokens", () => {
    const { pipeline, give, phases, clock } = startPipeline();
    const baseMs = clock.nowMs;
    for (let second = -20; second < 20; second++) {
      give(makeReading(baseMs + second * 1000, "protobuf"));
    }
    for (const sent of makeTrace(1, 700, "protobuf")) give(sent);
    const [, worker] = makeTrace(2, baseMs, "json");
    const absurd = Buffer.from(worker.body)
      .toString()
      .replaceAll(/"intValue":"\d+"/g, `"intValue":"${2n ** 60n}"`);
    give({ ...worker, body: Buffer.from(absurd) });
    clock.nowMs = baseMs + 600_000;
    pipeline.tick(clock.nowMs);
    expect(phases()).toHaveLength(4);
    for (const { attributes } of phases()) {
      expect([attributes.get(STATUS), attributes.has(ENERGY)]).toEqual(["missing", false]);
    }
    expect([...pipeline.refusedPhases.keys()]).toContain("implausible_tokens");
  });
});
