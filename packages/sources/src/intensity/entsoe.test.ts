import { afterEach, describe, expect, it } from "vitest";
import { createEntsoe } from "./entsoe.ts";
import { eicOf, entsoeZones } from "./entsoe-areas.ts";
import { type GridReply, type GridServer, startGridServer } from "./grid-server.test.fixture.ts";
import { createHttpClient } from "./http-client.ts";
import { yearlyZoneFactors } from "./yearly-zones.ts";

const FRANCE = "10YFR-RTE------C";
const from = Date.parse("2026-03-01T00:00:00Z");
const HOUR_MS = 3_600_000;

let server: GridServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function provider(reply: GridReply) {
  server = await startGridServer(() => reply);
  const http = createHttpClient({ firstPauseMs: 1, secrets: ["tok"] });
  return createEntsoe({ http, token: "tok", url: `${server.url}/api` });
}

const series = (
  type: string,
  points: readonly (readonly [number, number])[],
  { domain = "inBiddingZone_Domain.mRID", area = FRANCE, step = "PT60M", hours = 2 } = {},
) => `<TimeSeries><mRID>1</mRID><businessType>A01</businessType>
  <${domain} codingScheme="A01">${area}</${domain}>
  <MktPSRType><psrType>${type}</psrType></MktPSRType>
  <Period><timeInterval><start>2026-03-01T00:00Z</start><end>2026-03-01T0${hours}:00Z</end></timeInterval>
  <resolution>${step}</resolution>${points
    .map(([at, mw]) => `<Point><position>${at}</position><quantity>${mw}</quantity></Point>`)
    .join("")}</Period></TimeSeries>`;

const document = (...all: readonly string[]) =>
  `<?xml version="1.0"?><GL_MarketDocument xmlns="urn:x"><type>A75</type>${all.join("")}</GL_MarketDocument>`;

describe("createEntsoe", () => {
  it("prices the mix of each hour, of steps of 15 and 60 minutes, without pumped storage", async () => {
    const body = document(
      series("B14", [
        [1, 900],
        [2, 700],
      ]),
      series(
        "B04",
        [
          [1, 100],
          [2, 100],
          [3, 100],
          [4, 100],
          [5, 200],
          [6, 300],
          [7, 300],
          [8, 400],
        ],
        {
          step: "PT15M",
        },
      ),
      series("B10", [
        [1, 500],
        [2, 0],
      ]),
      series(
        "B10",
        [
          [1, 50],
          [2, 900],
        ],
        { domain: "outBiddingZone_Domain.mRID" },
      ),
    );
    const { range, series: about } = await provider({ body });
    expect(about).toMatchObject({ mix: "production", licence: "CC-BY-4.0" });
    expect(await range("FR", from, from + 2 * HOUR_MS)).toMatchObject({
      points: [
        { fromMs: from, gramsPerKwh: (900 * 12 + 100 * 490) / 1000, quality: "estimated" },
        { toMs: from + 2 * HOUR_MS, gramsPerKwh: (700 * 12 + 300 * 490) / 1000 },
      ],
      rejected: new Map(),
    });
    expect(server?.requests[0]?.query).toEqual({
      securityToken: "tok",
      documentType: "A75",
      processType: "A16",
      in_Domain: FRANCE,
      periodStart: "202603010000",
      periodEnd: "202603010200",
    });
  });

  it("repeats the position before one that is left out, and has no figure where a type ends early", async () => {
    const body = document(
      series("B14", [[1, 1000]], { hours: 3 }),
      series(
        "B04",
        [
          [1, 100],
          [3, 300],
        ],
        { step: "PT30M", hours: 2 },
      ),
    );
    const { range } = await provider({ body });
    expect(await range("FR", from, from + 3 * HOUR_MS)).toMatchObject({
      points: [
        { gramsPerKwh: (1000 * 12 + 100 * 490) / 1100 },
        { gramsPerKwh: (1000 * 12 + 300 * 490) / 1300 },
      ],
      rejected: new Map([["fuels_missing", 1]]),
    });
  });

  it("refuses another area's answer and zones without a code", async () => {
    const body = document(series("B14", [[1, 1]], { area: "10YBE----------2" }));
    const { range } = await provider({ body });
    expect(await range("FR", from, from + HOUR_MS)).toEqual({
      status: "failed",
      error: `asked for area ${FRANCE}, got 10YBE----------2`,
    });
    expect(await range("US-CAL-CISO", from, from + HOUR_MS)).toMatchObject({ status: "failed" });
  });

  it("takes no data for an answer and a refusal for a failure", async () => {
    const reason = (code: string, text: string) =>
      `<Acknowledgement_MarketDocument><Reason><code>${code}</code><text>${text}</text></Reason></Acknowledgement_MarketDocument>`;
    const empty = await provider({ body: reason("999", "No matching data found") });
    expect(await empty.range("FR", from, from + HOUR_MS)).toMatchObject({ points: [] });
    await server?.close();
    const refused = await provider({ body: reason("100", "Too many requests") });
    expect(await refused.range("FR", from, from + HOUR_MS)).toEqual({
      status: "failed",
      error: "refused: Too many requests",
    });
    await server?.close();
    const down = await provider({ status: 503, body: "<html>maintenance</html>" });
    const answer = await down.range("FR", from, from + HOUR_MS);
    expect(answer).toMatchObject({ status: "retryable", error: expect.stringContaining("503") });
    expect(JSON.stringify(answer)).not.toContain("tok&");
    expect(server?.requests).toHaveLength(3);
  });
});

/** The check character of an EIC: positions weigh 16 down to 2, modulo 37. */
function checkOf(code: string): string {
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
  const sum = [...code.slice(0, 15)].reduce(
    (total, letter, index) => total + alphabet.indexOf(letter) * (16 - index),
    0,
  );
  return alphabet[36 - ((sum - 1) % 37)] ?? "";
}

it.each(entsoeZones)("%s has a code with a right check character and a yearly factor", (zone) => {
  const code = eicOf(zone) ?? "";
  expect(code.at(-1)).toBe(checkOf(code));
  expect(yearlyZoneFactors(zone)).not.toEqual([]);
});
