import { request as httpsRequest, type RequestOptions } from "node:https";
import { Client, type ClientOptions, credentials, Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLog } from "../log.ts";
import { createTelemetry } from "../telemetry.ts";
import type { Accept } from "./accept.ts";
import { type Certificates, makeCertificates, type Pair } from "./certificates.test.maker.ts";
import { createGrpcReceiver } from "./grpc.ts";
import { createHttpReceiver } from "./http.ts";
import type { ListenOptions } from "./listen-options.ts";
import { tracesPath } from "./start-grpc.test.fixture.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const closing: (() => Promise<void> | void)[] = [];
let certificates: Certificates;

beforeAll(async () => {
  certificates = await makeCertificates();
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(protocol: "grpc" | "http", options: Partial<ListenOptions>) {
  const seen: Uint8Array[] = [];
  const lines: string[] = [];
  const accept: Accept = (_, __, body) => {
    seen.push(body);
    return { status: "accepted", rejected: 0 };
  };
  const telemetry = createTelemetry();
  const receiver = await { grpc: createGrpcReceiver, http: createHttpReceiver }[protocol]({
    endpoint: { ...loopback, ...options },
    accept,
    telemetry,
    log: createLog({ write: (line) => lines.push(line) }),
  });
  closing.push(() => receiver.shutdown(0));
  return { port: receiver.address.port, seen, lines, telemetry };
}

/** Status of a request over TLS, or the code of the error. */
function post(port: number, options: RequestOptions): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpsRequest(
      {
        host: "127.0.0.1",
        port,
        path: "/v1/traces",
        method: "POST",
        headers: { "content-type": "application/x-protobuf", ...options.headers },
        ...options,
        agent: false,
      },
      (response) => resolve(response.resume().statusCode ?? 0),
    );
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.end(Buffer.of(0x0a, 0x00));
  });
}

/** The code of a call: 0 is OK. */
function call(port: number, given: { ca?: string; pair?: Pair; token?: string }): Promise<number> {
  const bytes = (value: string | undefined) => (value === undefined ? null : Buffer.from(value));
  const options: ClientOptions = {};
  const client = new Client(
    `127.0.0.1:${port}`,
    given.ca === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(bytes(given.ca), bytes(given.pair?.key), bytes(given.pair?.cert)),
    options,
  );
  closing.push(() => client.close());
  const metadata = new Metadata();
  if (given.token !== undefined) metadata.set("authorization", `Bearer ${given.token}`);
  const identity = (value: Buffer): Buffer => value;
  const body = Buffer.of(0x0a, 0x00);
  return new Promise((resolve) => {
    const deadline = Date.now() + 5000;
    client.makeUnaryRequest(tracesPath, identity, identity, body, metadata, { deadline }, (error) =>
      resolve(error?.code ?? 0),
    );
  });
}

describe("TLS", () => {
  it("is spoken over HTTP, and plain senders are turned away", async () => {
    const { port, seen } = await start("http", { tls: certificates.server });
    expect(await post(port, { ca: certificates.ca })).toBe(200);
    expect(await post(port, {})).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    await expect(fetch(`http://127.0.0.1:${port}/v1/traces`, { method: "POST" })).rejects.toThrow();
    expect(seen).toHaveLength(1);
  });

  it("is spoken over gRPC, and plain senders are turned away", async () => {
    const { port, seen } = await start("grpc", { tls: certificates.server });
    expect(await call(port, { ca: certificates.ca })).toBe(0);
    expect(await call(port, {})).toBe(status.UNAVAILABLE);
    expect(seen).toHaveLength(1);
  });

  it.each(["http", "grpc"] as const)("asks %s clients for a certificate", async (protocol) => {
    const { ca, server, client, stranger } = certificates;
    const { port, seen, lines } = await start(protocol, { tls: { ...server, clientCa: ca } });
    const send = (pair?: Pair): Promise<number | string> =>
      protocol === "http" ? post(port, { ca, ...pair }) : call(port, { ca, ...(pair && { pair }) });
    expect(await send(client)).toBe(protocol === "http" ? 200 : 0);
    expect(await send(stranger)).not.toBe(protocol === "http" ? 200 : 0);
    expect(await send()).not.toBe(protocol === "http" ? 200 : 0);
    expect(seen).toHaveLength(1);
    expect(lines.join("")).toMatch(new RegExp(`cannot take a connection about=${protocol} error=`));
  });
});

describe("bearer tokens", () => {
  it("are asked for over HTTP before a body is read", async () => {
    const { port, seen, telemetry } = await start("http", { bearerTokens: ["one", "two"] });
    const send = (headers: Record<string, string>, type = "application/json") =>
      fetch(`http://127.0.0.1:${port}/v1/traces`, {
        method: "POST",
        body: "{}",
        headers: { "content-type": type, ...headers },
      });
    const refused = await send({});
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    expect(await refused.json()).toMatchObject({ code: 16 });
    const wrong = await send({ authorization: "Bearer three" }, "application/x-protobuf");
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get("content-type")).toBe("application/x-protobuf");
    // Field 1, the code: 16.
    expect([...new Uint8Array(await wrong.arrayBuffer())].slice(0, 2)).toEqual([0x08, 16]);
    expect((await send({ authorization: "Bearer two" })).status).toBe(200);
    expect(seen).toHaveLength(1);
    expect(await telemetry.render()).toContain(
      'wattspan_requests_total{signal="traces",transport="http",outcome="unauthorized"} 2',
    );
  });

  it("are asked for over gRPC", async () => {
    const { port, seen, telemetry } = await start("grpc", { bearerTokens: ["one"] });
    expect(await call(port, {})).toBe(status.UNAUTHENTICATED);
    expect(await call(port, { token: "on" })).toBe(status.UNAUTHENTICATED);
    expect(await call(port, { token: "one" })).toBe(0);
    expect(seen).toHaveLength(1);
    expect(await telemetry.render()).toContain(
      'wattspan_requests_total{signal="traces",transport="grpc",outcome="unauthorized"} 2',
    );
  });
});
