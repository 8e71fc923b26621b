import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../log.ts";
import { createTelemetry } from "../telemetry.ts";
import { createGrpcReceiver } from "./grpc.ts";
import {
  countedGrpc,
  frame,
  grpcStatus,
  openCall,
  sendGrpc,
  startGrpc,
  stopGrpc,
} from "./start-grpc.test.fixture.ts";

afterEach(stopGrpc);

describe("clients that misbehave", () => {
  it("ends a call that is slow with its message, to be retried", async () => {
    const { port, telemetry, seen } = await startGrpc(undefined, { requestTimeoutMs: 150 });
    const call = openCall(port, frame(Buffer.of(1, 2), false, 10));
    expect(await grpcStatus(call)).toBe(status.DEADLINE_EXCEEDED);
    expect(await countedGrpc(telemetry, "timeout")).toBe("1");
    expect(seen).toEqual([]);
  });

  it("survives clients that hang up and bytes that are no HTTP/2", async () => {
    const { port, client } = await startGrpc();
    const open = openCall(port, frame(Buffer.of(1, 2), false, 10));
    await sleep(30);
    open.session?.destroy();
    for (const bytes of [
      "GET / HTTP/1.1\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000",
    ]) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(bytes);
      await sleep(30);
      socket.resetAndDestroy();
    }
    expect((await sendGrpc(client, Buffer.from("x"))).error).toBeUndefined();
  });

  it("respects the deadline of a client", async () => {
    const { port, telemetry } = await startGrpc();
    const call = openCall(port, frame(Buffer.of(1, 2), false, 10), { "grpc-timeout": "100m" });
    expect(await grpcStatus(call)).toBe(status.DEADLINE_EXCEEDED);
    expect(await countedGrpc(telemetry, "timeout")).toBe("1");
  });
});

describe("life", () => {
  it("rejects when the port is taken", async () => {
    const { port } = await startGrpc();
    await expect(
      createGrpcReceiver({
        endpoint: { host: "127.0.0.1", port },
        accept: () => ({ status: "accepted", rejected: 0 }),
        telemetry: createTelemetry(),
        log: createLog({ write: () => {} }),
      }),
    ).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
  });

  it("shuts down twice, with an idle client connected", async () => {
    const { receiver, client } = await startGrpc();
    await sendGrpc(client, Buffer.from("x"));
    const startedMs = performance.now();
    const first = receiver.shutdown();
    expect(receiver.shutdown()).toBe(first);
    await first;
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect((await sendGrpc(client, Buffer.from("x"))).error?.code).toBe(status.UNAVAILABLE);
  });

  it("finishes the call in flight", async () => {
    const { receiver, port, seen } = await startGrpc();
    const call = openCall(port, frame(Buffer.of(1, 2), false, 4));
    await sleep(50);
    const down = receiver.shutdown(5000);
    call.end(Buffer.of(3, 4));
    const [trailers] = await once(call.resume(), "trailers");
    expect(trailers["grpc-status"]).toBe(String(status.OK));
    await down;
    expect(seen.map((each) => [...each.body])).toEqual([[1, 2, 3, 4]]);
  });

  it("cuts what does not finish in time", async () => {
    const { receiver, port, telemetry } = await startGrpc();
    openCall(port, frame(Buffer.of(1, 2), false, 4));
    const raw = connect(port, "127.0.0.1");
    raw.on("error", () => {});
    await sleep(50);
    await receiver.shutdown(100);
    await expect.poll(() => countedGrpc(telemetry, "aborted")).toBe("1");
  });
});
