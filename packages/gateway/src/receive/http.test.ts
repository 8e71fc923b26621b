import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import {
  countedHttp,
  gzipped,
  protobuf,
  sendTraces,
  startHttp,
  stopHttp,
} from "./start-http.test.fixture.ts";

afterEach(stopHttp);

describe("what is taken", () => {
  it.each([
    ["traces", "application/x-protobuf", "protobuf"],
    ["metrics", "application/json; charset=utf-8", "json"],
    ["logs", "Application/X-Protobuf;foo=bar", "protobuf"],
  ])("%s as %s", async (signal, contentType, encoding) => {
    const { url, seen } = await startHttp();
    const response = await fetch(`${url}/v1/${signal}?x=1`, {
      method: "POST",
      body: "\u0000bytes",
      headers: { "content-type": contentType },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(
      encoding === "json" ? "application/json" : "application/x-protobuf",
    );
    expect(await response.text()).toBe(encoding === "json" ? "{}" : "");
    expect(seen).toMatchObject([{ signal, encoding }]);
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe("\u0000bytes");
  });

  it("takes gzip and identity", async () => {
    const { url, seen, telemetry } = await startHttp();
    const body = Buffer.alloc(300_000, "span");
    expect((await sendTraces(url, gzipSync(body), gzipped)).status).toBe(200);
    expect(
      (await sendTraces(url, body, { ...protobuf, "content-encoding": "identity" })).status,
    ).toBe(200);
    expect(seen.map((each) => Buffer.compare(each.body, body))).toEqual([0, 0]);
    expect(await telemetry.render()).toContain(
      'wattspan_received_bytes_total{signal="traces",transport="http"} 600000',
    );
  });

  it.each([
    ["plain", new Uint8Array(), protobuf],
    ["gzip of nothing", gzipSync(""), gzipped],
    ["no bytes called gzip", new Uint8Array(), gzipped],
  ])("answers an empty request with success: %s", async (_, body, headers) => {
    const { url, seen } = await startHttp();
    expect((await sendTraces(url, body, headers)).status).toBe(200);
    expect(seen).toEqual([]);
  });

  it("takes a body in chunks, after 100 Continue", async () => {
    const { port, seen } = await startHttp();
    const request = httpRequest({
      port,
      method: "POST",
      path: "/v1/traces",
      headers: { ...protobuf, expect: "100-continue" },
    });
    request.flushHeaders();
    await once(request, "continue");
    request.write("one");
    request.end("two");
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe("onetwo");
  });
});

describe("what the pipeline says", () => {
  it("hands a partial success on in the encoding of the request", async () => {
    const { url, telemetry } = await startHttp({
      status: "accepted",
      rejected: 3,
      message: "bad ids",
    });
    const response = await sendTraces(url, "{}", { "content-type": "application/json" });
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedSpans: "3", errorMessage: "bad ids" },
    });
    expect(await countedHttp(telemetry, "partial")).toBe("1");
  });

  it("answers busy with 503 and Retry-After", async () => {
    const { url } = await startHttp({
      status: "refused",
      reason: "busy",
      message: "full",
      retryAfterSeconds: 2.2,
    });
    const response = await sendTraces(url, "x", { "content-type": "application/json" });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("3");
    expect(await response.json()).toMatchObject({ code: 14, message: "full" });
  });

  it.each([
    ["malformed", 400, 3],
    ["too_large", 413, 8],
  ] as const)("answers %s with %i", async (reason, httpStatus, code) => {
    const { url, telemetry } = await startHttp({ status: "refused", reason, message: "at byte 7" });
    const response = await sendTraces(url, "x", { "content-type": "application/json" });
    expect(response.status).toBe(httpStatus);
    expect(response.headers.get("retry-after")).toBeNull();
    expect(await response.json()).toMatchObject({ code, message: "at byte 7" });
    expect(await countedHttp(telemetry, reason)).toBe("1");
  });

  it("answers 500 when the pipeline throws, and goes on", async () => {
    let fails = true;
    const { url, lines } = await startHttp(() => {
      if (fails) throw new Error("a bug");
      return { status: "accepted", rejected: 0 };
    });
    expect((await sendTraces(url, "x")).status).toBe(500);
    fails = false;
    expect((await sendTraces(url, "x")).status).toBe(200);
    expect(lines.join("")).toMatch(/ERROR .*a bug/);
  });
});
