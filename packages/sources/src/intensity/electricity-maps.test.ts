import { afterEach, describe, expect, it } from "vitest";
import { createElectricityMaps } from "./electricity-maps.ts";
import { type GridReply, type GridServer, startGridServer } from "./grid-server.test.fixture.ts";
import { createHttpClient } from "./http-client.ts";

const HOUR_MS = 3_600_000;
const at = (iso: string): number => Date.parse(iso);

let server: GridServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function provider(replies: Readonly<Record<string, GridReply>>) {
  server = await startGridServer(
    ({ path }) => replies[path.split("/").at(-1) ?? ""] ?? { status: 404, body: {} },
  );
  return createElectricityMaps({
    http: createHttpClient({ firstPauseMs: 1, secrets: ["token-1"] }),
    token: "token-1",
    url: `${server.url}/v3`,
  });
}

/** A value as a recorded answer has it. */
const row = (datetime: string, carbonIntensity: unknown, extra: object = {}) => ({
  zone: "DK-DK2",
  carbonIntensity,
  datetime,
  updatedAt: "2025-01-16T17:04:54.622Z",
  createdAt: "2024-03-15T02:47:12.492Z",
  emissionFactorType: "lifecycle",
  isEstimated: false,
  estimationMethod: null,
  ...extra,
});

const from = at("2024-03-18T02:00:00Z");
const to = from + 2 * HOUR_MS;

describe("createElectricityMaps", () => {
  it("asks for a past range, with the zone and without the caller's place", async () => {
    const data = [row("2024-03-18T02:00:00.000Z", 161), row("2024-03-18T03:00:00.000Z", 158)];
    const { range } = await provider({ "past-range": { body: { zone: "DK-DK2", data } } });
    expect(await range("DK-DK2", from, to)).toEqual({
      status: "success",
      points: [
        { fromMs: from, toMs: from + HOUR_MS, gramsPerKwh: 161, quality: "measured" },
        { fromMs: from + HOUR_MS, toMs: to, gramsPerKwh: 158, quality: "measured" },
      ],
      rejected: new Map(),
    });
    expect(server?.requests[0]).toMatchObject({
      path: "/v3/carbon-intensity/past-range",
      query: {
        zone: "DK-DK2",
        disableCallerLookup: "true",
        emissionFactorType: "lifecycle",
        start: "2024-03-18T02:00:00.000Z",
        end: "2024-03-18T04:00:00.000Z",
      },
      headers: { "auth-token": "token-1" },
    });
  });

  it.each([
    [
      "for all",
      { zone: "US-CAR-DUK", data: [row("2024-03-18T02:00:00Z", 400, { zone: undefined })] },
    ],
    ["in one value", { zone: "DK-DK2", data: [row("2024-03-18T02:00:00Z", 400, { zone: "DE" })] }],
    ["nowhere", { data: [row("2024-03-18T02:00:00Z", 400, { zone: undefined })] }],
  ])("refuses an answer that names another zone %s", async (_, body) => {
    const { range } = await provider({ "past-range": { body } });
    expect(await range("DK-DK2", from, to)).toMatchObject({
      status: "failed",
      error: expect.stringContaining("asked for zone DK-DK2, got"),
    });
  });

  it("takes no null, no 0, no negative value and no text, and counts them", async () => {
    const data = [null, 0, -3, "161"].map((value, hour) =>
      row(`2024-03-18T0${hour}:00:00Z`, value),
    );
    const { range } = await provider({ "past-range": { body: { zone: "DK-DK2", data } } });
    expect(await range("DK-DK2", from, to)).toEqual({
      status: "success",
      points: [],
      rejected: new Map([
        ["no_value", 1],
        ["not_above_zero", 2],
        ["not_a_number", 1],
      ]),
    });
  });

  it("marks estimates, reads 5 minute steps, and refuses the other basis", async () => {
    const data = [
      row("2024-03-18T02:00:00Z", 161, { isEstimated: true, estimationMethod: "NEW_ONE" }),
      row("2024-03-18T02:05:00Z", 162, { temporalGranularity: "5_minutes" }),
      row("2024-03-18T03:00:00Z", 90, { emissionFactorType: "direct" }),
    ];
    const { range } = await provider({ "past-range": { body: { zone: "DK-DK2", data } } });
    expect(await range("DK-DK2", from, to)).toMatchObject({
      points: [
        { gramsPerKwh: 161, quality: "estimated" },
        { gramsPerKwh: 162, fromMs: from + 300_000, toMs: from + 600_000 },
      ],
      rejected: new Map([["other_basis", 1]]),
    });
  });

  it.each([
    ["a list under data", { data: [row("2024-03-18T02:00:00Z", 161)] }],
    ["an object under data", { data: row("2024-03-18T02:00:00Z", 161) }],
    ["a list under history", { zone: "DK-DK2", history: [row("2024-03-18T02:00:00Z", 161)] }],
    ["a flat object", row("2024-03-18T02:00:00Z", 161, { temporalGranularity: "hourly" })],
  ])("reads %s", async (_, body) => {
    const { range } = await provider({ "past-range": { body } });
    expect(await range("DK-DK2", from, to)).toMatchObject({ points: [{ gramsPerKwh: 161 }] });
  });

  it("asks for the last day, then the latest value, where the token may not ask for ranges", async () => {
    const refused = { status: 401, body: { error: "Endpoint not available" } };
    const latest = { body: row("2024-03-18T03:00:00Z", 170) };
    const { range } = await provider({ "past-range": refused, history: refused, latest });
    expect(await range("DK-DK2", from, to)).toMatchObject({ points: [{ gramsPerKwh: 170 }] });
    await range("DK-DK2", from, to);
    const asked = server?.requests.map(({ path }) => path.split("/").at(-1));
    expect(asked).toEqual(["past-range", "history", "latest", "history", "latest"]);
  });

  it("takes of the last day only what was asked for", async () => {
    const history = [1, 2, 3, 4].map((hour) => row(`2024-03-18T0${hour}:00:00Z`, 100 + hour));
    const { range } = await provider({
      "past-range": { status: 403, body: {} },
      history: { body: { zone: "DK-DK2", history } },
    });
    expect(await range("DK-DK2", from, to)).toMatchObject({
      points: [{ gramsPerKwh: 102 }, { gramsPerKwh: 103 }],
    });
  });

  it("reads a forecast, whose values say nothing of estimation", async () => {
    const forecast = [{ carbonIntensity: 999, datetime: "2024-03-18T05:00:00.000Z" }];
    const body = { zone: "DK-DK2", updatedAt: "2024-03-18T03:10:00Z", forecast };
    const { forecast: ask } = await provider({ forecast: { body } });
    expect(await ask?.("DK-DK2")).toMatchObject({
      points: [{ gramsPerKwh: 999, quality: "forecast", toMs: at("2024-03-18T06:00:00Z") }],
    });
  });

  it("says what the server says of an unknown zone or token, without the token", async () => {
    const body = { error: 'No recent data for zone "US-MIDW-MISO"' };
    const unknown = await provider({ "past-range": { status: 404, body } });
    expect(await unknown.range("US-MIDW-MISO", from, to)).toMatchObject({
      status: "failed",
      error: expect.stringContaining("HTTP 404: No recent data for zone"),
    });
    await server?.close();
    const wrong = { status: 403, body: { error: "Token token-1 is invalid" } };
    const invalid = await provider({ "past-range": wrong, history: wrong, latest: wrong });
    const answer = await invalid.range("DE", from, to);
    expect(answer).toMatchObject({ status: "failed" });
    expect(JSON.stringify(answer)).not.toContain("token-1");
  });

  it("takes nothing from what is no JSON", async () => {
    const { range } = await provider({ "past-range": { body: "<html>maintenance</html>" } });
    expect(await range("DE", from, to)).toMatchObject({ status: "failed" });
  });
});
