import { afterEach, describe, expect, it } from "vitest";
import { type GridServer, startGridServer } from "./grid-server.test.fixture.ts";
import { createHttpClient } from "./http-client.ts";

let server: GridServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const quick = { firstPauseMs: 1, random: () => 1 };

describe("createHttpClient", () => {
  it("tries again after 429 and 503, and gives up after its attempts", async () => {
    server = await startGridServer((_, count) => ({ status: count === 1 ? 429 : 503, body: "" }));
    const answer = await createHttpClient({ ...quick, attempts: 3 }).get(new URL(server.url));
    expect(answer).toMatchObject({ status: "retryable", error: expect.stringContaining("503") });
    expect(server.requests).toHaveLength(3);
  });

  it("waits as long as Retry-After says, and leaves a server alone that wants more", async () => {
    server = await startGridServer((_, count) =>
      count === 1
        ? { status: 429, headers: { "retry-after": "0" }, body: "" }
        : { status: 429, headers: { "retry-after": "60" }, body: "slow down" },
    );
    const answer = await createHttpClient(quick).get(new URL(server.url));
    expect(answer).toMatchObject({ status: "retryable", retryAfterMs: 60_000 });
    expect(server.requests).toHaveLength(2);
  });

  it("reads Retry-After as a date too", async () => {
    const nowMs = Date.parse("2026-11-24T12:00:00Z");
    server = await startGridServer(() => ({
      status: 503,
      headers: { "retry-after": "Tue, 24 Nov 2026 12:02:00 GMT" },
      body: "",
    }));
    const client = createHttpClient({ ...quick, now: () => nowMs });
    expect(await client.get(new URL(server.url))).toMatchObject({ retryAfterMs: 120_000 });
  });

  it.each([400, 401, 403, 404])("does not try again after %d, and says why", async (status) => {
    server = await startGridServer(() => ({ status, body: { error: "Invalid auth-token" } }));
    const answer = await createHttpClient(quick).get(new URL(server.url));
    expect(answer).toMatchObject({ status: "failed", httpStatus: status });
    expect(answer).toMatchObject({ error: expect.stringContaining("Invalid auth-token") });
    expect(server.requests).toHaveLength(1);
  });

  it("runs one request for all who ask for the same", async () => {
    server = await startGridServer(() => ({ body: "42" }));
    const client = createHttpClient(quick);
    const url = new URL(`${server.url}/a`);
    const answers = await Promise.all([client.get(url), client.get(url), client.get(url)]);
    expect(answers).toEqual(Array(3).fill({ status: "success", text: "42" }));
    expect(server.requests).toHaveLength(1);
    await client.get(url);
    expect(server.requests).toHaveLength(2);
  });

  it("never tells a key, be it in the query or in what the server says", async () => {
    server = await startGridServer(() => ({ status: 403, body: "the key s3cret is not valid" }));
    const client = createHttpClient({ ...quick, secrets: ["s3cret"] });
    const answer = await client.get(new URL(`${server.url}/x?api_key=s3cret`));
    expect(JSON.stringify(answer)).not.toContain("s3cret");
    expect(answer).toMatchObject({ error: expect.stringContaining("the key *** is not valid") });
  });

  it("does not follow a redirect, which would take the key along", async () => {
    server = await startGridServer(() => ({ status: 302, headers: { location: "/b" }, body: "" }));
    const client = createHttpClient({ ...quick, attempts: 1 });
    expect(await client.get(new URL(`${server.url}/a`))).toMatchObject({ status: "retryable" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/a"]);
  });

  it("survives a server that is not there, and one that never answers", async () => {
    const gone = await startGridServer(() => ({ body: "" }));
    await gone.close();
    const client = createHttpClient({ ...quick, attempts: 2, timeoutMs: 100 });
    expect(await client.get(new URL(gone.url))).toMatchObject({ status: "retryable" });
    let finish: (() => void) | undefined;
    server = await startGridServer(
      () => new Promise((resolve) => (finish = () => resolve({ body: "" }))),
    );
    expect(await client.get(new URL(server.url))).toMatchObject({ status: "retryable" });
    finish?.();
  });

  it("stops when it is told to", async () => {
    server = await startGridServer(() => ({ status: 503, body: "" }));
    const stop = new AbortController();
    const client = createHttpClient({
      firstPauseMs: 60_000,
      longestPauseMs: 120_000,
      signal: stop.signal,
    });
    const answer = client.get(new URL(server.url));
    stop.abort();
    expect(await answer).toMatchObject({ status: "retryable" });
  });
});
