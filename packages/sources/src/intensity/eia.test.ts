import { afterEach, describe, expect, it } from "vitest";
import { createEia } from "./eia.ts";
import { type GridReply, type GridServer, startGridServer } from "./grid-server.test.fixture.ts";
import { createHttpClient } from "./http-client.ts";

const from = Date.parse("2025-01-01T00:00:00Z");
const HOUR_MS = 3_600_000;

let server: GridServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function provider(reply: (offset: number) => GridReply) {
  server = await startGridServer(({ query: { offset } }) => reply(Number(offset)));
  return createEia({ http: createHttpClient({ secrets: ["k"] }), key: "k", url: server.url });
}

const row = (period: string, fueltype: string, value: unknown, respondent = "CISO") => ({
  period,
  respondent,
  fueltype,
  value,
  "value-units": "megawatthours",
});

const page = (data: readonly unknown[]): GridReply => ({
  body: { response: { total: String(data.length), data } },
});

describe("createEia", () => {
  it("prices what the plants made, in hours that are named by their end", async () => {
    const data = [
      row("2025-01-01T01", "NG", "600"),
      row("2025-01-01T01", "SUN", -2),
      row("2025-01-01T01", "WND", 400),
      row("2025-01-01T01", "BAT", 300),
    ];
    const { range, series } = await provider(() => page(data));
    expect(series).toMatchObject({ mix: "production", basis: "lifecycle" });
    expect(await range("US-CAL-CISO", from, from + HOUR_MS)).toEqual({
      status: "success",
      points: [
        {
          fromMs: from,
          toMs: from + HOUR_MS,
          gramsPerKwh: (600 * 490 + 400 * 11) / 1000,
          quality: "estimated",
        },
      ],
      rejected: new Map(),
    });
    expect(server?.requests[0]).toMatchObject({
      path: "/electricity/rto/fuel-type-data/data/",
      query: { "facets[respondent][]": "CISO", start: "2025-01-01T01", end: "2025-01-01T01" },
    });
  });

  it("leaves out an hour that a fuel is not told of, and one whose fuels are not known", async () => {
    const data = [
      row("2025-01-01T01", "NG", 600),
      row("2025-01-01T01", "OTH", 300),
      row("2025-01-01T02", "NG", 900),
      row("2025-01-01T02", "OTH", 50),
      row("2025-01-01T03", "NG", 900),
      row("2025-01-01T03", "OTH", null),
    ];
    const { range } = await provider(() => page(data));
    expect(await range("CISO", from, from + 3 * HOUR_MS)).toMatchObject({
      points: [{ fromMs: from + HOUR_MS, gramsPerKwh: 490 }],
      rejected: new Map([
        ["no_value", 1],
        ["fuels_missing", 1],
      ]),
    });
  });

  it("reads on after 5,000 rows", async () => {
    const full = Array.from({ length: 5000 }, () => row("2025-01-01T01", "NG", 600));
    const { range } = await provider((offset) =>
      page(offset === 0 ? full : [row("2025-01-01T02", "NG", 1)]),
    );
    expect(await range("CISO", from, from + 2 * HOUR_MS)).toMatchObject({
      points: [{ gramsPerKwh: 490 }, { gramsPerKwh: 490 }],
    });
    expect(server?.requests.map(({ query: { offset } }) => offset)).toEqual(["0", "5000"]);
  });

  it("refuses another authority's answer, and never tells its key", async () => {
    const other = await provider(() => page([row("2025-01-01T01", "NG", 1, "ERCO")]));
    expect(await other.range("CISO", from, from + HOUR_MS)).toEqual({
      status: "failed",
      error: "asked for CISO, got ERCO",
    });
    await server?.close();
    const wrong = await provider(() => ({ status: 403, body: { error: "API_KEY_INVALID" } }));
    const answer = await wrong.range("CISO", from, from + HOUR_MS);
    expect(answer).toMatchObject({ error: expect.stringContaining("API_KEY_INVALID") });
    expect(JSON.stringify(answer)).not.toContain("api_key=k");
  });
});
