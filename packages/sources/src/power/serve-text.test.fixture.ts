import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server answers: a body with status 200, a status alone, or nothing at all. */
export type Answer = string | number | undefined;

/** A server on loopback. */
export interface TextServer {
  readonly url: string;
  /** Targets of the requests, in order. */
  readonly targets: readonly string[];
  close(): Promise<void>;
}

/** Starts a server that answers as `answerOf` says; without a Content-Type, as dcgm-exporter does. */
export async function serveText(
  answerOf: (request: IncomingMessage) => Answer,
): Promise<TextServer> {
  const targets: string[] = [];
  const server = createServer((request, response) => {
    targets.push(request.url ?? "");
    const answer = answerOf(request);
    if (answer === undefined) return;
    response.writeHead(typeof answer === "number" ? answer : 200);
    response.end(typeof answer === "number" ? "" : answer);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    targets,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
