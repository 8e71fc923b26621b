import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server answers to one path. */
export interface Answer {
  /** Sent one after the other, a few ms apart; `undefined` breaks the connection. */
  readonly pieces: readonly (string | undefined)[];
  readonly type?: string;
  readonly status?: number;
}

/** A call as the server saw it. */
export interface SeenCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A model server on a free port of the loopback that answers what it is told. */
export async function startModelServer(answers: Readonly<Record<string, Answer>>): Promise<{
  readonly url: string;
  readonly calls: readonly SeenCall[];
  /** Connections that the caller closed before the answer was over. */
  readonly cutOff: () => number;
  readonly stop: () => Promise<void>;
}> {
  const calls: SeenCall[] = [];
  let cutOff = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const path = request.url ?? "";
    calls.push({ path, headers: request.headers, body });
    const {
      pieces,
      type = "text/event-stream",
      status = 200,
    } = answers[path] ?? {
      pieces: ['{"error":"no such path"}'],
      type: "application/json",
      status: 404,
    };
    response.writeHead(status, { "content-type": type });
    response.flushHeaders();
    for (const piece of pieces) {
      await new Promise((resolve) => setTimeout(resolve, 8));
      if (response.destroyed) {
        cutOff++;
        return;
      }
      if (piece === undefined) return void response.destroy();
      response.write(piece);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    cutOff: () => cutOff,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
