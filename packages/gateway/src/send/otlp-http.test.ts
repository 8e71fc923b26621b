import { afterEach, describe, expect, it } from "vitest";
import {
  countedSeries,
  inTurn,
  startBackend,
  startExporter,
  stopAll,
  withStatus,
} from "./start-backend.test.fixture.ts";

afterEach(stopAll);

const span = Buffer.from("span bytes");

describe("what is sent", () => {
  it.each(["gzip", "none"] as const)(
    "each signal to its path, compression %s",
    async (compression) => {
      const backend = await startBackend();
      const { exporter, telemetry, lines } = startExporter({
        endpoint: `${backend.url}/otlp/`,
        compression,
        headers: { "x-api-key": "secret" },
      });
      expect(exporter.offer("traces", "protobuf", span, 3)).toBe(true);
      expect(exporter.offer("metrics", "json", span)).toBe(true);
      expect(exporter.offer("logs", "protobuf", span, 1)).toBe(true);
      expect(await exporter.flush(2000)).toBe(true);
      const sent = backend.requests.map(({ path, headers, body }) => [
        path,
        headers["content-type"],
        headers["content-encoding"],
        headers["user-agent"],
        headers["x-api-key"],
        body,
      ]);
      const encoding = compression === "gzip" ? "gzip" : undefined;
      const rest = [
        encoding,
        expect.stringMatching(/^wattspan\/\d+\.\d+\.\d+/),
        "secret",
        "span bytes",
      ];
      expect(sent.sort()).toEqual([
        ["/otlp/v1/logs", "application/x-protobuf", ...rest],
        ["/otlp/v1/metrics", "application/json", ...rest],
        ["/otlp/v1/traces", "application/x-protobuf", ...rest],
      ]);
      expect((await countedSeries(telemetry)).sort()).toEqual([
        'forwarded_items_total{signal="logs",backend="tempo"} 1',
        'forwarded_items_total{signal="traces",backend="tempo"} 3',
        'forwarded_requests_total{signal="logs",backend="tempo"} 1',
        'forwarded_requests_total{signal="metrics",backend="tempo"} 1',
        'forwarded_requests_total{signal="traces",backend="tempo"} 1',
      ]);
      expect(lines).toEqual([]);
    },
  );

  it("takes the endpoint of a signal as it is, and counts what has none", async () => {
    const backend = await startBackend();
    const { exporter, telemetry } = startExporter({ tracesEndpoint: `${backend.url}/insert?db=1` });
    expect([...exporter.signals]).toEqual(["traces"]);
    expect(exporter.offer("traces", "protobuf", span)).toBe(true);
    expect(exporter.offer("logs", "protobuf", span, 7)).toBe(true);
    await exporter.flush(2000);
    expect(backend.requests.map((each) => each.path)).toEqual(["/insert?db=1"]);
    expect(await countedSeries(telemetry)).toContain(
      'dropped_items_total{signal="logs",reason="no_endpoint",backend="tempo"} 7',
    );
  });

  it("sends no empty body", async () => {
    const backend = await startBackend();
    const { exporter } = startExporter({ endpoint: backend.url });
    expect(exporter.offer("traces", "protobuf", new Uint8Array())).toBe(true);
    expect(await exporter.flush(1000)).toBe(true);
    expect(backend.requests).toEqual([]);
  });

  it("keeps to its concurrency", async () => {
    const backend = await startBackend((response) => void setTimeout(() => response.end(), 20));
    const { exporter } = startExporter({ endpoint: backend.url, concurrency: 3 });
    for (let i = 0; i < 12; i += 1) exporter.offer("traces", "protobuf", Buffer.from(`span ${i}`));
    expect(await exporter.flush(2000)).toBe(true);
    expect(backend.mostOpen()).toBe(3);
    expect(new Set(backend.requests.map((each) => each.body)).size).toBe(12);
  });
});

describe("what the backend answers", () => {
  it.each([429, 502, 503, 504])("%i is tried again", async (httpStatus) => {
    const backend = await startBackend(inTurn(withStatus(httpStatus), withStatus(httpStatus)));
    const { exporter, telemetry } = startExporter({ endpoint: backend.url });
    exporter.offer("traces", "protobuf", span, 2);
    expect(await exporter.flush(2000)).toBe(true);
    expect(backend.requests).toHaveLength(3);
    expect(await countedSeries(telemetry)).toEqual([
      'forwarded_items_total{signal="traces",backend="tempo"} 2',
      'forwarded_requests_total{signal="traces",backend="tempo"} 1',
      `export_retries_total{signal="traces",backend="tempo",reason="http_${httpStatus}"} 2`,
    ]);
  });

  it.each([301, 400, 401, 404, 408, 413, 500, 501])(
    "%i is dropped and counted",
    async (httpStatus) => {
      const backend = await startBackend(
        inTurn(withStatus(httpStatus, "no\u001b[31m\nFAKE ERROR", { location: "/x" })),
      );
      const { exporter, telemetry, lines } = startExporter({ endpoint: backend.url });
      exporter.offer("traces", "protobuf", span, 2);
      expect(await exporter.flush(2000)).toBe(true);
      expect(backend.requests).toHaveLength(1);
      expect(await countedSeries(telemetry)).toEqual([
        'dropped_items_total{signal="traces",reason="backend_refused",backend="tempo"} 2',
        'dropped_requests_total{signal="traces",reason="backend_refused",backend="tempo"} 1',
      ]);
      expect(lines.at(-1)).toMatch(new RegExp(`ERROR data dropped .*HTTP ${httpStatus} no`));
      expect(lines.at(-1)?.trimEnd()).toMatch(/^[ -~]+$/);
    },
  );

  it("waits as Retry-After says, and lets no other request through", async () => {
    const backend = await startBackend(inTurn(withStatus(503, "", { "retry-after": "1" })));
    const { exporter, telemetry } = startExporter({ endpoint: backend.url, concurrency: 2 });
    exporter.offer("traces", "protobuf", span);
    await expect
      .poll(() => countedSeries(telemetry))
      .toContainEqual(expect.stringContaining("http_503"));
    exporter.offer("logs", "protobuf", span);
    expect(await exporter.flush(3000)).toBe(true);
    const [first, ...others] = backend.requests;
    expect(others).toHaveLength(2);
    for (const each of others) expect(each.atMs - (first?.atMs ?? 0)).toBeGreaterThan(950);
  });

  it("counts a partial success and does not repeat it", async () => {
    // ExportTraceServiceResponse { partial_success { rejected_spans: 3, error_message: "ids" } }
    const partial = Buffer.from("0a070803120369647 3".replace(" ", ""), "hex");
    const backend = await startBackend(
      withStatus(200, partial, { "content-type": "application/x-protobuf" }),
    );
    const { exporter, telemetry, lines } = startExporter({ endpoint: backend.url });
    exporter.offer("traces", "protobuf", span, 10);
    expect(await exporter.flush(2000)).toBe(true);
    expect(backend.requests).toHaveLength(1);
    expect(await countedSeries(telemetry)).toEqual([
      'forwarded_items_total{signal="traces",backend="tempo"} 7',
      'dropped_items_total{signal="traces",reason="backend_refused_partly",backend="tempo"} 3',
      'forwarded_requests_total{signal="traces",backend="tempo"} 1',
    ]);
    expect(lines.join("")).toMatch(/ERROR backend refused items .*rejected=3 message=ids/);
  });

  it.each([
    [
      "garbage for a body",
      withStatus(200, "\u0007garbage", { "content-type": "application/x-protobuf" }),
    ],
    ["a body over 4 MiB", withStatus(200, Buffer.alloc(5_000_000))],
    [
      "a body that breaks off",
      (response: import("node:http").ServerResponse) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("half");
        setTimeout(() => response.destroy(), 20);
      },
    ],
  ])("takes 200 with %s for delivered", async (_, answer) => {
    const backend = await startBackend(answer);
    const { exporter, telemetry, lines } = startExporter({ endpoint: backend.url });
    exporter.offer("traces", "protobuf", span);
    expect(await exporter.flush(2000)).toBe(true);
    expect(backend.requests).toHaveLength(1);
    expect(await countedSeries(telemetry)).toEqual([
      'forwarded_requests_total{signal="traces",backend="tempo"} 1',
    ]);
    expect(lines.join("")).toMatch(/WARN backend answers 200 with an unreadable body/);
  });
});

describe("settings", () => {
  it("lists everything that is wrong", () => {
    expect(() =>
      startExporter({
        endpoint: "ftp://x",
        logsEndpoint: "nowhere",
        headers: { "bad name": "x" },
        timeoutMs: 0,
        concurrency: Number.NaN,
      }),
    ).toThrow(
      'backend tempo: not an http or https URL: "ftp://x"; not an http or https URL: "nowhere"; not a header: "bad name"; timeoutMs must be above 0, not 0; concurrency must be above 0, not NaN',
    );
    expect(() => startExporter({})).toThrow("backend tempo: no endpoint");
  });
});
