import { Agent, request as httpRequest } from "node:http";
import type { Sent } from "./make-load.ts";

/** One sender with one connection: a request at a time, repeated until it is acknowledged. */
export interface Sender {
  /** Resolves with the number of attempts once it was taken. */
  send(sent: Sent): Promise<number>;
  readonly isWaiting: boolean;
  close(): void;
}

const RETRY_MS = 40;

/** Creates a sender to the HTTP port of a gateway. */
export function createSender(port: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let isWaiting = false;
  return {
    get isWaiting() {
      return isWaiting;
    },
    async send(sent) {
      isWaiting = true;
      for (let attempts = 1; ; attempts++) {
        const status = await postOnce(port, agent, sent);
        if (status === 200) {
          isWaiting = false;
          return attempts;
        }
        if (status !== undefined && status !== 503) {
          throw new Error(`the gateway answers ${status} to a good request`);
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    },
    close: () => agent.destroy(),
  };
}

/** The status of the answer; undefined where there is none. */
function postOnce(port: number, agent: Agent, sent: Sent): Promise<number | undefined> {
  return new Promise((resolve) => {
    const type = sent.encoding === "json" ? "application/json" : "application/x-protobuf";
    const request = httpRequest(
      {
        ...{ host: "127.0.0.1", port, agent, method: "POST", path: `/v1/${sent.signal}` },
        headers: { "content-type": type, "content-length": sent.body.byteLength },
      },
      (response) => {
        response.resume();
        // Only a whole answer acknowledges.
        response.once("end", () => resolve(response.complete ? response.statusCode : undefined));
        response.once("error", () => resolve(undefined));
      },
    );
    request.once("error", () => resolve(undefined));
    request.end(sent.body);
  });
}
