import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./free-port.ts";
import {
  metersRequest,
  requestSpans,
  type Span,
  sceneDevices,
  tracesRequest,
} from "./kafka-traffic.ts";
import { type Member, startMember } from "./start-member.ts";
import { type ReceivedSpan, type Sink, startSink } from "./start-sink.ts";

/** Site to the devices beside its gateway: the prefill's two in France, the decode's in Poland. */
const sites = new Map([
  ["paris", ["GPU-p0"]],
  ["lyon", ["GPU-p1"]],
  ["warsaw", ["GPU-d0", "GPU-d1", "GPU-d2"]],
]);
const requests = 12;

describe("three gateways in two zones", () => {
  let scratch: string;
  let sink: Sink;
  const members = new Map<string, Member>();

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "wattspan-sites-"));
    sink = await startSink();
    const ports = new Map<string, number>();
    for (const site of sites.keys()) ports.set(site, await freePort());
    for (const [site, devices] of sites) {
      members.set(
        site,
        await startMember(site, scratch, configOf(site, devices, ports, sink), ports.get(site)),
      );
    }
  });

  afterAll(async () => {
    await Promise.all([...members.values()].map((member) => member.shutdown()));
    await sink?.shutdown();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("roll up each trace once, where its topmost span is", async () => {
    const sinceMs = Date.now() - 30_000;
    const meter = async (atMs: number) => {
      for (const member of members.values())
        await post(member, "metrics", metersRequest(atMs, sinceMs));
    };
    for (let second = 10; second > 0; second--) await meter(Date.now() - second * 1000);
    for (let number = 0; number < requests; number++) {
      // Every sixth request from the third on has its prefill on the first device alone.
      const spans = requestSpans(2 + 6 * number, Date.now());
      for (const [site, part] of partsOf(spans)) {
        const member = members.get(site);
        if (member !== undefined && part.length > 0)
          await post(member, "traces", tracesRequest(part));
      }
      await meter(Date.now());
    }
    await meter(Date.now() + 1);
    await sleep(1000);
    await meter(Date.now());
    const isWhole = () => totalsOf(sink.spans).length >= requests;
    for (let left = 60; left > 0 && !isWhole(); left--) await sleep(500);
    // A second total would come with a hold more.
    await sleep(22_000);

    const totals = totalsOf(sink.spans);
    expect(totals.map(({ name }) => name)).toEqual(Array(requests).fill("generate"));
    expect(new Set(totals.map(({ traceId }) => traceId)).size).toBe(requests);
    expect(sink.spans.filter(({ name }) => name === "restatement")).toEqual([]);
    for (const total of totals) {
      const phases = sink.spans.filter(
        (span) => span.traceId === total.traceId && span.attributes.has("footprint.energy.total"),
      );
      expect(phases).toHaveLength(3);
      const zones = new Set(phases.map(({ attributes }) => attributes.get("footprint.grid.zone")));
      expect(zones).toEqual(new Set(["FR", "PL"]));
      expect(numberOf(total, "footprint.request.energy")).toBeCloseTo(
        sumOf(phases, "footprint.energy.total"),
        6,
      );
      expect(numberOf(total, "footprint.request.carbon")).toBeCloseTo(
        sumOf(phases, "footprint.carbon.total"),
        9,
      );
      expect(numberOf(total, "footprint.request.carbon")).toBeGreaterThan(0);
    }
  });
});

/** Spans by the site whose gateway gets them; Lyon does another part of the prefill. */
function partsOf([root, prefill, decode, ...others]: readonly Span[]): ReadonlyMap<
  string,
  readonly Span[]
> {
  if (root === undefined || prefill === undefined || decode === undefined) return new Map();
  const body = JSON.parse(JSON.stringify(prefill.body).replaceAll("GPU-p0", "GPU-p1"));
  const second = { ...prefill, body: { ...body, spanId: `f${body.spanId.slice(1)}` } };
  return new Map([
    ["warsaw", [decode]],
    ["lyon", [second]],
    ["paris", [root, ...others, prefill]],
  ]);
}

function configOf(
  site: string,
  devices: readonly string[],
  ports: ReadonlyMap<string, number>,
  { endpoint }: Sink,
): object {
  const scene = sceneDevices.filter(({ id }) => devices.includes(id));
  return {
    nodes: [
      {
        name: scene[0]?.node,
        zone: scene[0]?.zone,
        pue: 1.2,
        devices: scene.map(({ id }) => ({ id, idle_watts: 80, max_watts: 700 })),
      },
    ],
    join: { linger: "2s", hold: "20s", keep: "10m", max_phase: "60s", export_delay: "1s" },
    exporters: { sink: { endpoint, compression: "none" } },
    dimensions: {},
    sites: {
      name: site,
      parent_wait: "15s",
      peers: Object.fromEntries(
        [...ports]
          .filter(([peer]) => peer !== site)
          .map(([peer, port]) => [peer, { endpoint: `http://127.0.0.1:${port}` }]),
      ),
    },
  };
}

async function post(member: Member, signal: string, body: Uint8Array): Promise<void> {
  const answer = await fetch(`${member.endpoint}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

const totalsOf = (spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] =>
  spans.filter(({ attributes }) => attributes.has("footprint.request.energy"));

const numberOf = ({ attributes }: ReceivedSpan, key: string): number => Number(attributes.get(key));

const sumOf = (spans: readonly ReceivedSpan[], key: string): number =>
  spans.reduce((sum, span) => sum + numberOf(span, key), 0);
