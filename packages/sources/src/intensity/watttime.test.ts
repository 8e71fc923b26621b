import { afterEach, describe, expect, it } from "vitest";
import { type GridReply, type GridServer, startGridServer } from "./grid-server.test.fixture.ts";
import { createHttpClient } from "./http-client.ts";
import { createWattTime, gramsPerKwhOfPounds } from "./watttime.ts";

const from = Date.parse("2022-07-15T00:00:00Z");
const meta = {
  data_point_period_seconds: 300,
  region: "CAISO_NORTH",
  signal_type: "co2_moer",
  units: "lbs_co2_per_mwh",
  model: { date: "2023-03-01", type: "binned_regression" },
  warnings: [],
};
const point = { point_time: "2022-07-15T00:00:00Z", value: 870, imputed_data_used: true };

let server: GridServer | undefined;
let nowMs = from;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function provider(data: (count: number) => GridReply) {
  server = await startGridServer(({ path }, count) =>
    path === "/login" ? { body: { token: `jwt-${count}` } } : data(count),
  );
  const http = createHttpClient({ firstPauseMs: 1, secrets: ["pw"] });
  return createWattTime({ http, user: "ann", password: "pw", url: server.url, now: () => nowMs });
}

it("is 394.6 g/kWh for 870 lb/MWh", () => {
  expect(gramsPerKwhOfPounds(870)).toBeCloseTo(394.6, 1);
  expect(gramsPerKwhOfPounds(2204.62262)).toBeCloseTo(1000, 4);
});

describe("createWattTime", () => {
  it("logs in, asks for the marginal signal, and converts", async () => {
    const { range, series } = await provider(() => ({ body: { data: [point], meta } }));
    expect(series).toMatchObject({ signal: "marginal", gas: "CO2", isRedistributable: false });
    expect(await range("CAISO_NORTH", from, from + 3_600_000)).toEqual({
      status: "success",
      points: [
        {
          fromMs: from,
          toMs: from + 300_000,
          gramsPerKwh: 870 * 0.45359237,
          quality: "estimated",
          version: "v3, model 2023-03-01",
        },
      ],
      rejected: new Map(),
    });
    const [login, data] = server?.requests ?? [];
    expect(login?.headers.authorization).toBe(`Basic ${btoa("ann:pw")}`);
    expect(data?.headers.authorization).toBe("Bearer jwt-1");
    expect(data?.query).toEqual({
      region: "CAISO_NORTH",
      signal_type: "co2_moer",
      include_imputed_marker: "true",
      start: "2022-07-15T00:00:00.000Z",
      // Both ends are inclusive: the value of 01:00 is not asked for.
      end: "2022-07-15T00:55:00.000Z",
    });
  });

  it("keeps its token, renews it in time, and once more where it is refused", async () => {
    const { range } = await provider((count) =>
      count === 5 ? { status: 401, body: {} } : { body: { data: [point], meta } },
    );
    await range("CAISO_NORTH", from, from + 300_000);
    await range("CAISO_NORTH", from, from + 600_000);
    nowMs += 26 * 60_000;
    expect(await range("CAISO_NORTH", from, from + 900_000)).toMatchObject({ status: "success" });
    nowMs = from;
    const paths = server?.requests.map(({ path }) => path);
    expect(paths?.filter((path) => path === "/login")).toHaveLength(3);
    expect(server?.requests.at(-1)?.headers.authorization).toBe("Bearer jwt-6");
  });

  it.each([
    ["signal", { ...meta, signal_type: "co2_aoer" }, "signal_type co2_moer, got co2_aoer"],
    ["region", { ...meta, region: "PJM_DC" }, "region CAISO_NORTH, got PJM_DC"],
    ["unit", { ...meta, units: "kg_co2_per_mwh" }, "units lbs_co2_per_mwh, got kg_co2_per_mwh"],
  ])("refuses an answer of another %s", async (_, wrong, error) => {
    const { range } = await provider(() => ({ body: { data: [point], meta: wrong } }));
    expect(await range("CAISO_NORTH", from, from + 300_000)).toEqual({
      status: "failed",
      error: `asked for ${error}`,
    });
  });

  it("takes no null and no 0, and tells of 403 and of 429", async () => {
    const data = [null, 0].map((value) => ({ ...point, value }));
    const nothing = await provider(() => ({ body: { data, meta } }));
    expect(await nothing.range("CAISO_NORTH", from, from + 600_000)).toMatchObject({
      points: [],
      rejected: new Map([
        ["no_value", 1],
        ["not_above_zero", 1],
      ]),
    });
    await server?.close();
    const closed = await provider(() => ({ status: 403, body: { message: "no subscription" } }));
    expect(await closed.range("PJM_DC", from, from + 300_000)).toMatchObject({ status: "failed" });
    await server?.close();
    const busy = await provider(() => ({
      status: 429,
      headers: { "retry-after": "300" },
      body: "",
    }));
    expect(await busy.range("CAISO_NORTH", from, from + 300_000)).toMatchObject({
      status: "retryable",
      retryAfterMs: 300_000,
    });
  });

  it("marks forecasts", async () => {
    const { forecast } = await provider(() => ({ body: { data: [point], meta } }));
    expect(await forecast?.("CAISO_NORTH")).toMatchObject({ points: [{ quality: "forecast" }] });
  });
});
