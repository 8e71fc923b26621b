import { afterEach, expect, it } from "vitest";
import { type Gateway, startGateway } from "./gateway.ts";
import { createLog } from "./log.ts";
import { oneDevice } from "./pipeline.test.fixture.ts";
import { startBackend, stopAll } from "./send/start-backend.test.fixture.ts";

const loopback = { host: "127.0.0.1", port: 0 };
let gateway: Gateway | undefined;

afterEach(async () => {
  await gateway?.shutdown();
  await stopAll();
});

const spans = (id: string): string =>
  JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: "0af7651916cd43dd8448eb211c80319c",
                spanId: id,
                name: "chat",
                startTimeUnixNano: "1",
                endTimeUnixNano: "2",
                attributes: [{ key: "footprint.energy.total", value: { doubleValue: 12.5 } }],
              },
            ],
          },
        ],
      },
    ],
  });

it("believes the senders of one receiver and not those of another", async () => {
  const backend = await startBackend();
  gateway = await startGateway({
    pipeline: oneDevice,
    http: loopback,
    others: [{ http: { ...loopback, bearerTokens: ["site"] }, isTrusted: true }],
    exporters: new Map([["tempo", { endpoint: backend.url, compression: "none" }]]),
    log: createLog({ write: () => undefined }),
  });
  const ports = [gateway.addresses, ...gateway.addresses.others].map(({ http }) => http?.port);
  const send = (port: number | undefined, id: string) =>
    fetch(`http://127.0.0.1:${port}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer site" },
      body: spans(id),
    });
  expect((await send(ports[0], "b7ad6b7169203331")).status).toBe(200);
  expect((await send(ports[1], "b7ad6b7169203332")).status).toBe(200);
  await gateway.shutdown();
  const bodies = backend.requests
    .filter(({ path }) => path === "/v1/traces")
    .map(({ body }) => body);
  expect(bodies).toHaveLength(2);
  const [stranger, site] = bodies.sort((a, b) => a.length - b.length);
  expect(stranger).toContain("b7ad6b7169203331");
  expect(stranger).not.toContain("12.5");
  expect(site).toContain("12.5");
});
