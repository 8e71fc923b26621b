import { describe, expect, it } from "vitest";
import { exportersConfig } from "./exporters.ts";
import { nameExporters } from "./otlp-environment.ts";

const prefix = "OTEL_EXPORTER_OTLP_";

function fromEnvironment(variables: Record<string, string>) {
  return nameExporters(
    {},
    Object.fromEntries(Object.entries(variables).map(([name, value]) => [prefix + name, value])),
  );
}

describe("nameExporters", () => {
  it("prefers what is configured to every variable", () => {
    const configured = exportersConfig.parse({ mine: { endpoint: "http://a:1" } });
    expect(
      nameExporters(configured, {
        [`${prefix}ENDPOINT`]: "http://b:1",
        [`${prefix}PROTOCOL`]: "grpc",
      }),
    ).toEqual({ exporters: configured, exportersFrom: "files", problems: [] });
  });

  it("makes one backend of the variables", () => {
    const { exporters, exportersFrom, problems } = fromEnvironment({
      ENDPOINT: "https://otlp.example:4318/base",
      TRACES_ENDPOINT: "https://traces.example/ingest",
      HEADERS: "api-key=a%2Cb, x-tenant = team%201 ",
      TIMEOUT: "2500",
      COMPRESSION: "none",
      CERTIFICATE: "/etc/ca.pem",
      PROTOCOL: "http/protobuf",
    });
    expect(problems).toEqual([]);
    expect(exportersFrom).toBe("environment");
    expect(exporters).toEqual({
      backend: {
        endpoint: "https://otlp.example:4318/base",
        tracesEndpoint: "https://traces.example/ingest",
        headers: { "api-key": "a,b", "x-tenant": "team 1" },
        compression: "none",
        timeoutMs: 2500,
        tls: { caFile: "/etc/ca.pem", isUnverified: false },
        retry: { initialDelayMs: 5000, maxDelayMs: 30_000, maxElapsedMs: 300_000 },
        queue: { maxBytes: 67_108_864, maxItems: 10_000 },
        dropsWhenFull: false,
        concurrency: 4,
      },
    });
  });

  it("sends nothing but traces where only their endpoint is set", () => {
    const { backend } = fromEnvironment({ TRACES_ENDPOINT: "http://t:1/v1/traces" }).exporters;
    expect(backend).toMatchObject({ tracesEndpoint: "http://t:1/v1/traces" });
    expect(backend).not.toHaveProperty("endpoint");
  });

  it("takes an empty variable for an unset one, and without any the default", () => {
    const expected = fromEnvironment({});
    expect(expected.exportersFrom).toBe("default");
    expect(expected.exporters).toMatchObject({
      backend: { endpoint: "http://127.0.0.1:14318", compression: "gzip", timeoutMs: 10_000 },
    });
    expect(fromEnvironment({ ENDPOINT: " ", HEADERS: "", PROTOCOL: "" })).toEqual(expected);
  });

  it("has the same defaults as the configuration file", () => {
    const written = exportersConfig.parse({ backend: { endpoint: "http://127.0.0.1:14318" } });
    expect(fromEnvironment({}).exporters).toEqual(written);
  });

  it("names every variable that cannot be used, without its value", () => {
    const { problems } = fromEnvironment({
      ENDPOINT: "tempo:4318",
      PROTOCOL: "grpc",
      HEADERS: "secret",
      TIMEOUT: "10s",
      COMPRESSION: "zstd",
    });
    expect(problems).toEqual(
      [
        ["PROTOCOL", "http/*"],
        ["ENDPOINT", "an http or https URL"],
        ["HEADERS", "key=value pairs, percent-encoded, with commas"],
        ["COMPRESSION", "gzip or none"],
        ["TIMEOUT", "whole milliseconds above 0"],
      ].map(([name, expected]) => ({
        file: "environment",
        path: `${prefix}${name}`,
        message: `expected ${expected}`,
      })),
    );
  });

  it("holds certificates to the rules of the file's", () => {
    const { exporters, problems } = fromEnvironment({ CERTIFICATE: "ca", CLIENT_KEY: "key" });
    expect(exporters["backend"]).not.toHaveProperty("tls");
    expect(problems).toEqual([
      {
        file: "environment",
        path: `${prefix}CLIENT_CERTIFICATE`,
        message: "is missing: the other half is there",
      },
    ]);
  });

  it.each(["a=%zz", "=x", "a b=c", "a=%0A"])("refuses the headers %j", (text) => {
    expect(fromEnvironment({ HEADERS: text }).problems).toHaveLength(1);
  });
});
