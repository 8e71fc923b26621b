import { Agent } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { type PostResult, post } from "./post.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const servers: Server[] = [];
afterEach(async () => {
  agent.destroy();
  await Promise.all(
    servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
  );
});

/** A server that treats the requests of a connection, counted from 1, as told. */
async function start(
  onRequest: (socket: Socket, number: number) => void,
): Promise<{ send: (abort?: AbortSignal) => Promise<PostResult>; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    let number = 0;
    socket.on("error", () => {});
    socket.on("data", () => {
      number += 1;
      onRequest(socket, number);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const send = (abort: AbortSignal = new AbortController().signal): Promise<PostResult> =>
    post({
      url,
      agent,
      headers: {},
      body: Buffer.of(),
      timeoutMs: 2000,
      maxReplyBytes: 100,
      abort,
    });
  return { send, connections: () => connections };
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

it("tries at once on a new connection when a pooled one was closed meanwhile", async () => {
  const { send, connections } = await start((socket, number) => {
    if (number === 1) socket.write(ok);
    else socket.resetAndDestroy();
  });
  expect(await send()).toMatchObject({ status: "answered", httpStatus: 200 });
  expect(await send()).toMatchObject({ status: "answered", httpStatus: 200, isCut: false });
  expect(connections()).toBe(2);
});

it("does not do so on a connection that was new", async () => {
  const { send, connections } = await start((socket) => socket.resetAndDestroy());
  expect(await send()).toMatchObject({ status: "broken", reason: "connection" });
  expect(connections()).toBe(1);
});

it("breaks off when aborted, before or while it waits", async () => {
  const { send } = await start(() => {});
  expect(await send(AbortSignal.abort())).toMatchObject({ status: "broken", reason: "aborted" });
  expect(await send(AbortSignal.timeout(50))).toMatchObject({
    status: "broken",
    reason: "aborted",
  });
});
