import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import {
  countedGrpc,
  frame,
  grpcStatus,
  openCall,
  sendGrpc,
  startGrpc,
  stopGrpc,
  tracesPath,
} from "./start-grpc.test.fixture.ts";

afterEach(stopGrpc);

describe("what is taken", () => {
  it.each([
    ["traces", tracesPath],
    ["metrics", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"],
    ["logs", "/opentelemetry.proto.collector.logs.v1.LogsService/Export"],
  ])("%s", async (signal, path) => {
    const { client, seen } = await startGrpc();
    const { response, error } = await sendGrpc(client, Buffer.from("bytes"), path);
    expect(error).toBeUndefined();
    expect(response).toHaveLength(0);
    expect(seen).toMatchObject([{ signal, encoding: "protobuf" }]);
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe("bytes");
  });

  it("takes gzip", async () => {
    const { client, seen, telemetry } = await startGrpc(undefined, {}, 2);
    const body = Buffer.alloc(300_000, "span");
    expect((await sendGrpc(client, body)).error).toBeUndefined();
    expect(Buffer.compare(seen[0]?.body ?? Buffer.of(), body)).toBe(0);
    expect(await telemetry.render()).toContain(
      'wattspan_received_bytes_total{signal="traces",transport="grpc"} 300000',
    );
  });

  it("answers an empty request with success", async () => {
    const { client, seen } = await startGrpc();
    expect((await sendGrpc(client, Buffer.of())).error).toBeUndefined();
    expect(seen).toEqual([]);
  });
});

describe("what the pipeline says", () => {
  it("hands a partial success on", async () => {
    const { client, telemetry } = await startGrpc({
      status: "accepted",
      rejected: 3,
      message: "ids",
    });
    const { response } = await sendGrpc(client, Buffer.from("x"));
    // partial_success = 1 { rejected_spans = 1: 3, error_message = 2: "ids" }
    expect(response?.toString("hex")).toBe("0a07080312036964 73".replace(" ", ""));
    expect(await countedGrpc(telemetry, "partial")).toBe("1");
  });

  it("answers busy with UNAVAILABLE and a RetryInfo", async () => {
    const { client, telemetry } = await startGrpc({
      status: "refused",
      reason: "busy",
      message: "full",
      retryAfterSeconds: 300,
    });
    const { error } = await sendGrpc(client, Buffer.from("x"));
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: "full" });
    const type = Buffer.from("type.googleapis.com/google.rpc.RetryInfo");
    // Status { code = 1: 14, message = 2: "full", details = 3: Any { type_url = 1, value = 2: RetryInfo { retry_delay = 1 { seconds = 1: 300 } } } }
    expect(error?.metadata.get("grpc-status-details-bin")).toEqual([
      Buffer.concat([
        Buffer.from("080e120466756c6c1a310a28", "hex"),
        type,
        Buffer.from("12050a0308ac02", "hex"),
      ]),
    ]);
    expect(await countedGrpc(telemetry, "busy")).toBe("1");
  });

  it.each([
    ["malformed", status.INVALID_ARGUMENT],
    ["too_large", status.RESOURCE_EXHAUSTED],
  ] as const)("answers %s with %i, not to be retried", async (reason, code) => {
    const { client, telemetry } = await startGrpc({
      status: "refused",
      reason,
      message: "at byte 7",
    });
    const { error } = await sendGrpc(client, Buffer.from("x"));
    expect(error).toMatchObject({ code, details: "at byte 7" });
    expect(error?.metadata.get("grpc-status-details-bin")).toEqual([]);
    expect(await countedGrpc(telemetry, reason)).toBe("1");
  });

  it("sends any text as details", async () => {
    const message = `half a pair \ud800, line\nfeed, ${"x".repeat(5000)}`;
    const { client } = await startGrpc({ status: "refused", reason: "malformed", message });
    const { error } = await sendGrpc(client, Buffer.from("x"));
    expect(error?.details).toMatch(/^half a pair \ufffd, line\nfeed, x{900,1000}$/);
  });

  it("answers INTERNAL when the pipeline throws, and goes on", async () => {
    let fails = true;
    const { client, lines } = await startGrpc(() => {
      if (fails) throw new Error("a bug");
      return { status: "accepted", rejected: 0 };
    });
    expect((await sendGrpc(client, Buffer.from("x"))).error?.code).toBe(status.INTERNAL);
    fails = false;
    expect((await sendGrpc(client, Buffer.from("x"))).error).toBeUndefined();
    expect(lines.join("")).toMatch(/ERROR .*a bug/);
  });
});

describe("what is refused", () => {
  it("an unknown method, with UNIMPLEMENTED", async () => {
    const { client } = await startGrpc();
    const { error } = await sendGrpc(client, Buffer.from("x"), "/opentelemetry.Other/Export");
    expect(error?.code).toBe(status.UNIMPLEMENTED);
  });

  it.each([0, 2])("a message over the limit, with compression %i", async (compression) => {
    const { client, telemetry, seen } = await startGrpc(
      undefined,
      { maxMessageBytes: 1000 },
      compression,
    );
    expect((await sendGrpc(client, Buffer.alloc(1000))).error).toBeUndefined();
    const { error } = await sendGrpc(client, Buffer.alloc(1001));
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(error?.metadata.get("grpc-status-details-bin")).toEqual([]);
    expect(seen).toHaveLength(1);
    expect(await countedGrpc(telemetry, "too_large")).toBe("1");
  });

  it("a zip bomb", async () => {
    const { client, seen } = await startGrpc(undefined, { maxMessageBytes: 1024 * 1024 }, 2);
    const before = process.memoryUsage().rss;
    const { error } = await sendGrpc(client, Buffer.alloc(64 * 1024 * 1024));
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(seen).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it("gzip that is cut off, with INVALID_ARGUMENT", async () => {
    const { port, telemetry } = await startGrpc();
    const half = gzipSync(Buffer.alloc(50_000, "span")).subarray(0, 60);
    const call = openCall(port, frame(half, true), { "grpc-encoding": "gzip" });
    call.end();
    expect(await grpcStatus(call)).toBe(status.INVALID_ARGUMENT);
    expect(await countedGrpc(telemetry, "malformed")).toBe("1");
  });

  it("a compression that OTLP does not know", async () => {
    const { port, telemetry } = await startGrpc();
    const call = openCall(port, frame(Buffer.from("x"), true), { "grpc-encoding": "zstd" });
    expect(await grpcStatus(call)).toBe(status.UNIMPLEMENTED);
    expect(await countedGrpc(telemetry, "unsupported")).toBe("1");
  });

  it("a call without a message", async () => {
    const { port, telemetry } = await startGrpc();
    const call = openCall(port, Buffer.of());
    call.end();
    expect(await grpcStatus(call)).toBe(status.UNIMPLEMENTED);
    expect(await countedGrpc(telemetry, "aborted")).toBe("1");
  });

  it("calls over the limit, to be retried", async () => {
    const { client, port, telemetry } = await startGrpc(undefined, { maxCalls: 1 });
    const open = openCall(port, frame(Buffer.of(1, 2), false, 10));
    await sleep(50);
    expect((await sendGrpc(client, Buffer.from("x"))).error?.code).toBe(status.UNAVAILABLE);
    open.close(8);
    await expect.poll(() => countedGrpc(telemetry, "aborted")).toBe("1");
    expect((await sendGrpc(client, Buffer.from("x"))).error).toBeUndefined();
  });

  it("connections over the limit", async () => {
    const { port, telemetry } = await startGrpc(undefined, { maxConnections: 1 });
    const first = connect(port, "127.0.0.1");
    await once(first, "connect");
    const second = connect(port, "127.0.0.1");
    second.on("error", () => {});
    await once(second, "close");
    expect(await telemetry.render()).toContain(
      'wattspan_refused_connections_total{transport="grpc"} 1',
    );
    first.destroy();
  });
});
