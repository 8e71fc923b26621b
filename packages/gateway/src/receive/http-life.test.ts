import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../log.ts";
import { createTelemetry } from "../telemetry.ts";
import { createHttpReceiver } from "./http.ts";
import {
  countedHttp,
  exchange,
  sendTraces,
  startHttp,
  stopHttp,
} from "./start-http.test.fixture.ts";

afterEach(stopHttp);

describe("clients that misbehave", () => {
  it("cuts a client that is slow with its headers", async () => {
    const { port, url } = await startHttp(undefined, {
      headersTimeoutMs: 200,
      requestTimeoutMs: 400,
    });
    const startedMs = performance.now();
    expect(await exchange(port, "POST /v1/traces HTTP/1.1\r\nHost:")).toMatch(/^HTTP\/1.1 408 /);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect((await sendTraces(url, "x")).status).toBe(200);
  });

  it("cuts a client that is slow with its body, and counts it", async () => {
    const { port, telemetry } = await startHttp(undefined, {
      headersTimeoutMs: 200,
      requestTimeoutMs: 300,
    });
    const head = "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    expect(await exchange(port, `${head}Content-Length: 10\r\n\r\nabc`)).toMatch(/^HTTP\/1.1 408 /);
    await expect.poll(() => countedHttp(telemetry, "aborted")).toBe("1");
  });

  it("survives clients that hang up and bytes that are no HTTP", async () => {
    const { port, url, seen, telemetry } = await startHttp();
    const head = "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for (const bytes of [head, `${head}Content-Length: 10\r\n\r\nabc`, "\x16\x03\x01garbage"]) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(bytes);
      await sleep(20);
      socket.resetAndDestroy();
    }
    expect(await exchange(port, "no HTTP at all\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
    await expect.poll(() => countedHttp(telemetry, "aborted")).toBe("1");
    expect((await sendTraces(url, "x")).status).toBe(200);
    expect(seen).toHaveLength(1);
  });

  it("refuses connections over the limit and says so once", async () => {
    const { port, telemetry, lines } = await startHttp(undefined, { maxConnections: 1 });
    const first = connect(port, "127.0.0.1");
    await once(first, "connect");
    expect(await exchange(port, "")).toBe("");
    expect(await exchange(port, "")).toBe("");
    expect(await telemetry.render()).toContain(
      'wattspan_refused_connections_total{transport="http"} 2',
    );
    expect(lines).toHaveLength(1);
    first.destroy();
  });
});

describe("life", () => {
  it("rejects when the port is taken", async () => {
    const { port } = await startHttp();
    await expect(
      createHttpReceiver({
        endpoint: { host: "127.0.0.1", port },
        accept: () => ({ status: "accepted", rejected: 0 }),
        telemetry: createTelemetry(),
        log: createLog({ write: () => {} }),
      }),
    ).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
  });

  it("shuts down twice, unused", async () => {
    const { receiver, url } = await startHttp();
    const first = receiver.shutdown();
    expect(receiver.shutdown()).toBe(first);
    await first;
    await expect(sendTraces(url, "x")).rejects.toThrow();
  });

  it("finishes what is in flight, on connections it then closes", async () => {
    const { receiver, port, seen } = await startHttp();
    const socket = connect(port, "127.0.0.1");
    socket.write(
      "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nab",
    );
    await sleep(50);
    const startedMs = performance.now();
    const down = receiver.shutdown(5000);
    socket.write("cd");
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 200 .*connection: close/is);
    await down;
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(seen).toHaveLength(1);
  });

  it("cuts what does not finish in time", async () => {
    const { receiver, port, telemetry } = await startHttp();
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nab",
    );
    await sleep(50);
    await receiver.shutdown(100);
    expect(await countedHttp(telemetry, "aborted")).toBe("1");
    expect(await text(socket)).toBe("");
  });
});
