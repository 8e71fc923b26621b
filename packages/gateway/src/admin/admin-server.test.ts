import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, it } from "vitest";
import { createLog } from "../log.ts";
import { createTelemetry } from "../telemetry.ts";
import { type AdminRoute, type AdminServer, createAdminServer } from "./admin-server.ts";
import type { Readiness } from "./readiness.ts";

const running: AdminServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.shutdown(0)));
});

async function start(
  routes?: ReadonlyMap<string, AdminRoute>,
  readiness: () => Readiness = () => ({ isReady: true, reasons: [] }),
): Promise<{ server: AdminServer; url: string; port: number; lines: string[] }> {
  const lines: string[] = [];
  const telemetry = createTelemetry();
  telemetry.requests.add({ signal: "traces", transport: "http", outcome: "accepted" });
  const server = await createAdminServer({
    endpoint: { host: "127.0.0.1", port: 0 },
    readiness,
    telemetry,
    log: createLog({ write: (line) => lines.push(line) }),
    ...(routes ? { routes } : {}),
  });
  running.push(server);
  const { port } = server.address;
  return { server, url: `http://127.0.0.1:${port}`, port, lines };
}

it("serves metrics, and its health", async () => {
  const { url } = await start();
  const metrics = await fetch(`${url}/metrics`);
  expect(metrics.headers.get("content-type")).toMatch(/^text\/plain; version=0.0.4/);
  expect(await metrics.text()).toContain("wattspan_requests_total{");
  const health = await fetch(`${url}/healthz?verbose`);
  expect([health.status, await health.text()]).toEqual([200, "ok\n"]);
  expect(health.headers.get("x-content-type-options")).toBe("nosniff");
  const head = await fetch(`${url}/healthz`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
    200,
    "3",
    "",
  ]);
});

it("is ready when told so, and says why not", async () => {
  let state: Readiness = { isReady: false, reasons: ["not started"] };
  const { url } = await start(undefined, () => state);
  const before = await fetch(`${url}/readyz`);
  expect([before.status, await before.text()]).toEqual([503, "not ready\nnot started\n"]);
  state = { isReady: true, reasons: [] };
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

it("serves further pages, but not over its own", async () => {
  const page =
    (body: string): AdminRoute =>
    (query) => ({
      httpStatus: 200,
      contentType: "text/html",
      body: body + query.get("q"),
      headers: { "content-security-policy": "default-src 'none'" },
    });
  const routes = new Map<string, AdminRoute>([
    ["/", page("home ")],
    ["/healthz", page("fake")],
    ["/broken", () => Promise.reject(new Error("a bug"))],
  ]);
  const { url, lines } = await start(routes);
  const home = await fetch(`${url}/?q=a%20b?c`);
  expect([await home.text(), home.headers.get("content-security-policy")]).toEqual([
    "home a b?c",
    "default-src 'none'",
  ]);
  expect(await (await fetch(`${url}/healthz`)).text()).toBe("ok\n");
  const broken = await fetch(`${url}/broken`);
  expect([broken.status, await broken.text()]).toEqual([500, "internal error\n"]);
  expect(lines.join("")).toMatch(/WARN admin page failed about=\/broken .*a bug/);
});

it.each([
  ["GET", "/nowhere", 404, null],
  ["GET", "/__proto__", 404, null],
  ["POST", "/metrics", 405, "GET, HEAD"],
  ["DELETE", "/healthz", 405, "GET, HEAD"],
])("answers %s %s with %i", async (method, path, httpStatus, allow) => {
  const { url } = await start();
  const response = await fetch(url + path, { method, ...(method === "POST" ? { body: "x" } : {}) });
  expect([response.status, response.headers.get("allow")]).toEqual([httpStatus, allow]);
});

it("refuses a name that a page was rebound from", async () => {
  const { port } = await start();
  const statuses = await Promise.all(
    ["evil.example", `localhost:${port}`].map(
      (host) =>
        new Promise((resolve) => {
          const asked = request({ port, path: "/metrics", headers: { host } }, (response) => {
            response.resume();
            resolve(response.statusCode);
          });
          asked.end();
        }),
    ),
  );
  expect(statuses).toEqual([403, 200]);
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /metrics HTTP/1.0\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1.1 403 /);
});

it("shuts down twice, with a page in flight", async () => {
  let answer: () => void = () => {};
  const slow = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const route: AdminRoute = () =>
    slow.then(() => ({ httpStatus: 200, contentType: "text/plain", body: "done" }));
  const { server, url } = await start(new Map([["/slow", route]]));
  const pending = fetch(`${url}/slow`);
  await expect.poll(() => fetch(`${url}/healthz`).then((each) => each.status)).toBe(200);
  const first = server.shutdown();
  expect(server.shutdown()).toBe(first);
  answer();
  expect(await (await pending).text()).toBe("done");
  await first;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});
