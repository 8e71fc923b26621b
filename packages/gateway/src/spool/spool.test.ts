import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { meterAt500W, oneDevice, phaseOf, requestOf } from "../pipeline.test.fixture.ts";
import { startBackend, withStatus } from "../send/start-backend.test.fixture.ts";
import { loadLmdb } from "./load-lmdb.ts";
import { openTables } from "./open-tables.ts";
import {
  atOnce,
  counterFrom,
  logRecord,
  nameSpool,
  spansAt,
  startSpooled,
  stopSpooled,
} from "./start-spooled.test.fixture.ts";

let directory = "";
beforeEach(() => {
  directory = nameSpool();
});
afterEach(() => stopSpooled(directory));

describe("a gateway with a spool that is started again", () => {
  it("corrects what it told before, and tells nothing twice", async () => {
    const backend = await startBackend();
    const baseMs = Date.now() - 60_000;
    const first = await startSpooled(directory, [backend]);
    await first.post("metrics", counterFrom(baseMs));
    const one = { id: "1", trace: "a", attributes: phaseOf("decode", 10) };
    await first.post("traces", requestOf([one], { baseMs }));
    await expect.poll(() => spansAt(backend)).toHaveLength(1);
    expect(spansAt(backend)[0]?.joules).toBeCloseTo(4000, 6);
    await first.gateway.shutdown();

    const again = await startSpooled(directory, [backend]);
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
    await startSpooled(directory, [backend]);
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(spansAt(backend)).toHaveLength(3);
  }, 30_000);

  it("still holds what it held", async () => {
    const backend = await startBackend();
    const pipeline = { ...oneDevice, join: { ...atOnce, lingerMs: 1500 } };
    const first = await startSpooled(directory, [backend], { pipeline });
    const baseMs = Date.now() - 10_000;
    const one = { id: "1", trace: "a", attributes: phaseOf("decode", 10) };
    await first.post("traces", requestOf([one], { baseMs }));
    await first.gateway.shutdown();
    expect(spansAt(backend)).toEqual([]);
    const again = await startSpooled(directory, [backend], { pipeline });
    expect(again.gateway.pipeline.heldCount).toBe(1);
    expect(again.lines.join("")).toContain("took up where the spool ends records=1 held=1");
    await expect.poll(() => spansAt(backend), { timeout: 5000 }).toHaveLength(1);
  }, 20_000);

  it("knows what asked meters read", async () => {
    const first = await startSpooled(directory, []);
    const baseMs = Date.now() - 30_000;
    for (const second of [0, 10]) {
      first.gateway.pipeline.addReadings(meterAt500W(second, second + 9, { baseMs }));
    }
    expect(first.gateway.pipeline.summary().totals.meteredJoules).toBeCloseTo(9500, 6);
    await first.gateway.shutdown();
    const again = await startSpooled(directory, []);
    expect(again.gateway.pipeline.summary().totals.meteredJoules).toBeCloseTo(9500, 6);
  });

  it("sends to each backend what that one has not taken", async () => {
    const [up, down] = [await startBackend(), await startBackend(withStatus(503))];
    const first = await startSpooled(directory, [up, down]);
    await first.post("logs", logRecord("x"));
    await expect.poll(() => up.requests.length).toBe(1);
    await first.gateway.shutdown();
    const port = down.port;
    await down.stop();
    const risen = await startBackend(withStatus(200), port);
    await startSpooled(directory, [up, risen]);
    await expect.poll(() => risen.requests[0]?.body, { timeout: 5000 }).toBe(logRecord("x"));
    expect(up.requests.filter(({ path }) => path === "/v1/logs")).toHaveLength(1);
  }, 30_000);

  it("takes a request that was acknowledged before the stop only once", async () => {
    const backend = await startBackend();
    const first = await startSpooled(directory, [backend]);
    const body = requestOf([{ id: "1" }, { id: "2" }]);
    expect((await first.post("traces", body)).status).toBe(200);
    expect((await first.post("traces", body)).status).toBe(200);
    await first.gateway.shutdown();
    const again = await startSpooled(directory, [backend]);
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
    const { post } = await startSpooled(directory, [backend], { pipeline });
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
    const join1 = { ...atOnce, holdMs: 100, maxPhaseMs: 100, keepMs: 1000 };
    const { post, metrics } = await startSpooled(directory, [backend], {
      pipeline: { ...oneDevice, join: join1 },
    });
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

  it("makes senders wait where there is no room for it", async () => {
    const backend = await startBackend(withStatus(503, "", { "retry-after": "60" }));
    const maxBytes = 400_000;
    const { post, metrics } = await startSpooled(directory, [backend], { maxBytes });
    const statuses: number[] = [];
    while (statuses.length < 40 && statuses.at(-1) !== 503) {
      statuses.push((await post("logs", logRecord(randomBytes(20_000).toString("hex")))).status);
    }
    expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
    expect(statuses.at(-1)).toBe(503);
    const [, bytes] = /^wattspan_spool_bytes (\d+)$/m.exec(await metrics()) ?? [];
    const taken = statuses.filter((status) => status === 200).length;
    expect(await metrics()).toContain(`wattspan_spool_records{table="outgoing"} ${taken}`);
    expect(Number(bytes)).toBeGreaterThan(maxBytes - 100_000);
    expect(Number(bytes)).toBeLessThan(maxBytes + 100_000);
  });

  it("is given up, and counted, when it is too old", async () => {
    const backend = await startBackend(withStatus(503, "", { "retry-after": "60" }));
    const first = await startSpooled(directory, [backend]);
    await first.post("logs", logRecord("x"));
    await first.gateway.shutdown();
    const { metrics, lines } = await startSpooled(directory, [], { maxAgeMs: 1 });
    const dropped = 'wattspan_dropped_items_total{signal="logs",reason="too_old"} 1';
    await expect.poll(metrics, { timeout: 5000 }).toContain(dropped);
    expect(lines.filter((line) => line.includes("ERROR requests dropped"))).toHaveLength(1);
  }, 30_000);

  it("is one gateway's alone", async () => {
    await startSpooled(directory, []);
    await expect(startSpooled(directory, [])).rejects.toThrow(
      `another process uses the spool ${directory}`,
    );
  });

  it("is not touched where another version laid it out", async () => {
    const first = await startSpooled(directory, []);
    await first.gateway.shutdown();
    const { root } = openTables(loadLmdb(), join(directory, "data.mdb"));
    await root.batch(() => void root.put("format", Buffer.from('{"format":2,"version":"9.1.0"}')));
    await root.close();
    await expect(startSpooled(directory, [])).rejects.toThrow(
      /has layout 2, this version reads 1: run `npx wattspan@9.1.0 gateway`/,
    );
  });
});
