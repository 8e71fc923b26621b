import { expect, it } from "vitest";
import { resolveEndpoints } from "./resolve-endpoints.ts";

function urlsOf(options: Parameters<typeof resolveEndpoints>[0]): Record<string, string> {
  return Object.fromEntries(
    [...resolveEndpoints(options).urls].map(([signal, url]) => [signal, url.href]),
  );
}

it.each([
  ["http://x:4318", "http://x:4318/v1/traces"],
  ["http://x:4318/", "http://x:4318/v1/traces"],
  ["https://x/otlp//", "https://x/otlp/v1/traces"],
  ["https://x/otlp?key=1", "https://x/otlp/v1/traces?key=1"],
])("appends the path of the signal to the base %s", (endpoint, traces) => {
  expect(urlsOf({ endpoint, signals: ["traces"] })).toEqual({ traces });
});

it("takes the endpoint of a signal as it is, over the base", () => {
  expect(urlsOf({ endpoint: "http://x", tracesEndpoint: "http://y/in/" })).toEqual({
    traces: "http://y/in/",
    metrics: "http://x/v1/metrics",
    logs: "http://x/v1/logs",
  });
  expect(urlsOf({ logsEndpoint: "http://y" })).toEqual({ logs: "http://y/" });
});

it.each([
  [{}, ["no endpoint"]],
  [{ endpoint: "x:4318" }, ['not an http or https URL: "x:4318"']],
  [
    { endpoint: "grpc://x", logsEndpoint: "" },
    ['not an http or https URL: "grpc://x"', 'not an http or https URL: ""'],
  ],
  [{ tracesEndpoint: "http://x", signals: ["traces", "logs"] as const }, ["no endpoint for logs"]],
])("says what is wrong with %o", (options, problems) => {
  expect(resolveEndpoints(options).problems).toEqual(problems);
});
