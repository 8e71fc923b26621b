import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a provider would see it. */
export interface GridRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** An answer; objects are sent as JSON. */
export interface GridReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A server on loopback that answers as a provider does. */
export interface GridServer {
  readonly url: string;
  readonly requests: readonly GridRequest[];
  close(): Promise<void>;
}

/** Starts a server on a free port. */
export async function startGridServer(
  answer: (request: GridRequest, count: number) => GridReply | Promise<GridReply>,
): Promise<GridServer> {
  const requests: GridRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://loopback");
    const query = Object.fromEntries(searchParams);
    const request = { path: pathname, query, headers: incoming.headers };
    requests.push(request);
    void Promise.resolve(answer(request, requests.length)).then(
      ({ status = 200, headers, body }) => {
        outgoing.writeHead(status, headers ?? {});
        outgoing.end(typeof body === "string" ? body : JSON.stringify(body));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
