import { afterEach, describe, expect, it } from "vitest";
import { type GridServer, startGridServer } from "./grid-server.test.fixture.ts";
import { createHttpClient } from "./http-client.ts";
import { createNeso } from "./neso.ts";

const from = Date.parse("2018-01-20T12:00:00Z");
const HALF_HOUR_MS = 1_800_000;

let server: GridServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function provider(body: unknown, nowMs = from + HALF_HOUR_MS) {
  server = await startGridServer(() => ({ body }));
  return createNeso({ http: createHttpClient(), url: server.url, now: () => nowMs });
}

const row = (start: string, end: string, intensity: object) => ({
  from: `2018-01-20T${start}Z`,
  to: `2018-01-20T${end}Z`,
  intensity,
});

describe("createNeso", () => {
  it("reads national values: measured, then forecast, without what lies before", async () => {
    const data = [
      row("11:30", "12:00", { forecast: 270, actual: 271, index: "moderate" }),
      row("12:00", "12:30", { forecast: 266, actual: 263, index: "moderate" }),
      row("12:30", "13:00", { forecast: 268, actual: null, index: "moderate" }),
      row("13:00", "13:30", { forecast: null, actual: null, index: null }),
    ];
    const { range, series } = await provider({ data });
    expect(series).toMatchObject({ basis: "direct", licence: "CC-BY-4.0" });
    expect(await range("GB", from, from + 3 * HALF_HOUR_MS)).toEqual({
      status: "success",
      points: [
        { fromMs: from, toMs: from + HALF_HOUR_MS, gramsPerKwh: 263, quality: "measured" },
        {
          fromMs: from + HALF_HOUR_MS,
          toMs: from + 2 * HALF_HOUR_MS,
          gramsPerKwh: 268,
          quality: "forecast",
        },
      ],
      rejected: new Map([["no_value", 1]]),
    });
    expect(server?.requests[0]).toMatchObject({
      path: "/intensity/2018-01-20T12:00Z/2018-01-20T13:30Z",
      headers: { "user-agent": expect.stringContaining("wattspan") },
    });
  });

  const regional = {
    regionid: 3,
    shortname: "North West England",
    data: [
      row("12:00", "12:30", { forecast: 266, index: "moderate" }),
      row("12:30", "13:00", { forecast: 250, index: "moderate" }),
    ],
  };

  it.each([
    ["an object", { data: regional }],
    ["a list of one", { data: [regional] }],
  ])("reads a region in %s: model output also for the past", async (_, body) => {
    const { range } = await provider(body);
    expect(await range("GB-3", from, from + 2 * HALF_HOUR_MS)).toMatchObject({
      points: [
        { gramsPerKwh: 266, quality: "estimated" },
        { gramsPerKwh: 250, quality: "forecast" },
      ],
    });
    expect(server?.requests[0]?.path).toMatch(/\/regionid\/3$/);
  });

  it("refuses another region's answer and zones that are not its own", async () => {
    const { range } = await provider({ data: [regional] });
    expect(await range("GB-13", from, from + HALF_HOUR_MS)).toEqual({
      status: "failed",
      error: "asked for region 13, got 3",
    });
    expect(await range("FR", from, from + HALF_HOUR_MS)).toMatchObject({ status: "failed" });
    expect(await range("GB-18", from, from + HALF_HOUR_MS)).toMatchObject({ status: "failed" });
    expect(server?.requests).toHaveLength(1);
  });

  it("asks for two days to come", async () => {
    const data = [row("12:30", "13:00", { forecast: 268 })];
    const { forecast } = await provider({ data });
    expect(await forecast?.("GB")).toMatchObject({ points: [{ quality: "forecast" }] });
    expect(server?.requests[0]?.path).toBe("/intensity/2018-01-20T12:30Z/fw48h");
  });
});
