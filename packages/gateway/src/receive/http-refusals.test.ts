import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import {
  countedHttp,
  exchange,
  gzipped,
  protobuf,
  sendTraces,
  startHttp,
  stopHttp,
} from "./start-http.test.fixture.ts";

afterEach(stopHttp);

describe("what is refused", () => {
  it.each([
    ["POST", "/v1/profiles", protobuf, 404],
    ["GET", "/", {}, 404],
    ["GET", "/v1/traces", {}, 405],
    ["HEAD", "/v1/traces", {}, 405],
    ["OPTIONS", "/v1/traces", {}, 405],
    ["POST", "/v1/traces", { "content-type": "text/plain" }, 415],
    ["POST", "/v1/traces", {}, 415],
    ["POST", "/v1/traces", { ...protobuf, "content-encoding": "zstd" }, 415],
    ["POST", "/v1/traces", { ...protobuf, "content-encoding": "gzip, gzip" }, 415],
  ])("%s %s %o with %i", async (method, path, headers, httpStatus) => {
    const { url, seen, telemetry } = await startHttp();
    const response = await fetch(url + path, {
      method,
      headers: headers as Record<string, string>,
    });
    expect(response.status).toBe(httpStatus);
    expect(response.headers.get("allow")).toBe(httpStatus === 405 ? "POST" : null);
    expect(await response.text()).toMatch(method === "HEAD" ? /^$/ : /./);
    expect(seen).toEqual([]);
    expect(await countedHttp(telemetry, "unsupported", "none")).toBe("1");
  });

  it.each([
    ["cut off", gzipSync(Buffer.alloc(50_000, "span")).subarray(0, 60)],
    ["no gzip", Buffer.from("plain text")],
    ["a broken checksum", corrupt(gzipSync("span"))],
  ])("gzip that is %s with 400", async (_, body) => {
    const { url, telemetry, seen } = await startHttp();
    const response = await sendTraces(url, body, {
      ...gzipped,
      "content-type": "application/json",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 3,
      message: expect.stringContaining("gzip"),
    });
    expect(await countedHttp(telemetry, "malformed")).toBe("1");
    expect(seen).toEqual([]);
  });

  it("takes a body of the limit and not a byte more", async () => {
    const { url, telemetry } = await startHttp(undefined, { maxBodyBytes: 1000 });
    expect((await sendTraces(url, Buffer.alloc(1000))).status).toBe(200);
    expect((await sendTraces(url, Buffer.alloc(1001))).status).toBe(413);
    expect((await sendTraces(url, gzipSync(Buffer.alloc(1000)), gzipped)).status).toBe(200);
    expect((await sendTraces(url, gzipSync(Buffer.alloc(1001)), gzipped)).status).toBe(413);
    expect(await countedHttp(telemetry, "too_large")).toBe("2");
  });

  it("stops a zip bomb at the limit", async () => {
    const { url } = await startHttp(undefined, { maxBodyBytes: 1024 * 1024 });
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    const members = Buffer.concat([bomb, bomb, bomb, bomb]);
    const before = process.memoryUsage().rss;
    const statuses = await Promise.all(
      Array.from({ length: 16 }, () =>
        sendTraces(url, members, gzipped).then((each) => each.status),
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([413]));
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });

  it("says 413 to a sender that is still sending, declared or in chunks", async () => {
    const { url, port } = await startHttp(undefined, { maxBodyBytes: 1000 });
    expect((await sendTraces(url, Buffer.alloc(4_000_000))).status).toBe(413);
    const chunk = `${(4000).toString(16)}\r\n${"x".repeat(4000)}\r\n`;
    const answer = await exchange(
      port,
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it("lets a sender that reads only when it has sent all see 413", async () => {
    const { port } = await startHttp(undefined, { maxBodyBytes: 1000 });
    const socket = connect({ port, host: "127.0.0.1" }).pause();
    const head = "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    socket.write(`${head}Content-Length: 8000000\r\n\r\n`);
    for (let i = 0; i < 8; i += 1) {
      await new Promise<void>((resolve, reject) => {
        socket.write(Buffer.alloc(1_000_000), (error) => (error ? reject(error) : resolve()));
      });
      await sleep(5);
    }
    socket.end();
    expect(await text(socket)).toMatch(/^HTTP\/1.1 413 /);
  });

  it("refuses a declared size without asking for the body", async () => {
    const { port } = await startHttp(undefined, { maxBodyBytes: 1000 });
    const answer = await exchange(
      port,
      "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it("is busy when too many bodies arrive at once", async () => {
    const { url, port } = await startHttp(undefined, { maxArrivingBytes: 5000 });
    const slow = connect(port, "127.0.0.1");
    slow.write(
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n${"x".repeat(4500)}`,
    );
    await sleep(50);
    const response = await sendTraces(url, Buffer.alloc(1000));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    slow.destroy();
    await sleep(50);
    expect((await sendTraces(url, Buffer.alloc(1000))).status).toBe(200);
  });
});

function corrupt(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const last = copy.length - 5;
  copy.writeUInt8((copy.readUInt8(last) + 1) % 256, last);
  return copy;
}
