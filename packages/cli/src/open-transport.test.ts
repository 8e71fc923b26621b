import { describe, expect, it } from "vitest";
import { type Config, fileConfig } from "./config/config.ts";
import { formatProblem } from "./config/problem.ts";
import { openTransport } from "./open-transport.ts";

const key = "-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----\n";

async function open(given: unknown, files: Readonly<Record<string, string>> = {}) {
  const config = fileConfig.parse(given);
  const opened = await openTransport(config as Config, async (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`no such file: ${path}`);
    return text;
  });
  return "problems" in opened ? opened.problems.map(formatProblem) : opened.transport;
}

const secured = (tls: object, auth: object) => ({
  receivers: { "otlp/edge": { protocols: { grpc: { tls, auth }, http: { enabled: false } } } },
});

describe("openTransport", () => {
  it("reads tokens of senders and for backends", async () => {
    const transport = await open(
      {
        receivers: {
          otlp: {
            protocols: {
              grpc: { enabled: false },
              http: { auth: { bearer_tokens: ["one"], bearer_token_file: "tokens" } },
            },
          },
        },
        exporters: {
          a: { endpoint: "http://a:1", auth: { bearer_token_file: "token" } },
          b: { endpoint: "http://b:1", headers: { x: "y" }, auth: { bearer_token: "abc" } },
        },
        sites: { peers: { warsaw: { endpoint: "http://w:1", auth: { bearer_token: "def" } } } },
      },
      { tokens: "two\nthree\n\n", token: "four\n" },
    );
    expect(transport).toMatchObject({
      receivers: [{ http: { port: 4318, bearerTokens: ["one", "two", "three"] } }],
      exporters: new Map([
        ["a", { endpoint: "http://a:1", headers: { authorization: "Bearer four" } }],
        ["b", { endpoint: "http://b:1", headers: { x: "y", authorization: "Bearer abc" } }],
      ]),
      peers: new Map([
        ["warsaw", { endpoint: "http://w:1", headers: { authorization: "Bearer def" } }],
      ]),
    });
  });

  it("lists every file that is no use", async () => {
    const given = {
      ...secured(
        { cert_file: "cert", key_file: "key", client_ca_file: "ca" },
        { bearer_token_file: "empty" },
      ),
      exporters: {
        a: { endpoint: "https://a:1", tls: { ca_file: "key" }, auth: { bearer_token_file: "no" } },
      },
      sites: { peers: { warsaw: { endpoint: "https://w:1", tls: { ca_file: "none" } } } },
    };
    const path = 'receivers["otlp/edge"].protocols.grpc';
    expect(await open(given, { cert: "text", key, empty: "\n" })).toEqual([
      `${path}.tls.client_ca_file: cannot be read: no such file: ca`,
      expect.stringMatching(/^receivers\["otlp\/edge"\]\.protocols\.grpc\.tls: is no use: /),
      `${path}.auth.bearer_token_file: holds no token`,
      "exporters.a.auth.bearer_token_file: cannot be read: no such file: no",
      expect.stringMatching(/^exporters\.a\.tls\.ca_file: is no use: /),
      "sites.peers.warsaw.tls.ca_file: cannot be read: no such file: none",
    ]);
  });

  it("does not lock everyone out in silence", async () => {
    expect(await open({ receivers: { otlp: { protocols: { http: { auth: {} } } } } })).toEqual([
      "receivers.otlp.protocols.http.auth.bearer_tokens: is empty: nobody would be let in",
    ]);
  });
});
