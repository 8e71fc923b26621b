import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveTrace } from "./derive-trace.ts";
import type { DerivedPhase, DerivedRequest, EngineSpan } from "./dialect.ts";
import { dynamo } from "./dynamo.ts";
import { readNumber, readText } from "./read-attribute.ts";
import { readJson, readRecording, readTraces } from "./recording.test.reader.ts";

interface PhaseRow {
  readonly handle_payload: readonly [number, number];
  readonly vllm?: Readonly<Record<"sched" | "first" | "last", number>>;
}
interface RequestRow {
  readonly req: string;
  readonly prefill?: PhaseRow;
  readonly decode?: PhaseRow;
  readonly agg?: PhaseRow;
}
interface ClientRow {
  readonly id: string;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

const dynamoFolders = [
  "dynamo-vllm-disagg",
  "dynamo-mocker-disagg",
  "dynamo-mocker-bootstrap",
  "dynamo-mocker-agg",
  "dynamo-unified-sample",
];
const folders = [...dynamoFolders, "vllm"];

describe("recordings of real engines", () => {
  it.each(folders)("%s: each client's request, once, with its tokens", (folder) => {
    const clients = clientsOf(folder);
    const requests = requestsOf(folder);
    expect(requests).toHaveLength(clients.length);
    for (const client of clients) {
      const request = requests.find(({ requestId }) => client.id.endsWith(requestId));
      expect(request?.isOpen).toBe(false);
      expect(request?.phases.map(({ phase, processedTokens }) => [phase, processedTokens])).toEqual(
        [
          ["prefill", client.usage.prompt_tokens],
          ["decode", client.usage.completion_tokens - 1],
        ],
      );
    }
  });

  it.each(dynamoFolders)("%s: the root is the request's http-request", (folder) => {
    const spans = new Map(readRecording(folder).map((span) => [span.spanId, span]));
    for (const { requestId, rootSpanId, phases } of requestsOf(folder)) {
      const root = spans.get(rootSpanId ?? "");
      expect(root?.name).toBe("http-request");
      expect(root?.attributes.get("request_id")).toBe(requestId);
      for (const phase of phases) {
        expect(spans.get(phase.parentSpanId)?.name).toBe("handle_payload");
      }
    }
  });

  it("dynamo-vllm-disagg: windows equal the reference derivation within 2 ms", () => {
    const rows = readJson<readonly RequestRow[]>("dynamo-vllm-disagg/phases.json");
    let compared = 0;
    for (const { request, row, originNs } of withRows("dynamo-vllm-disagg", rows)) {
      for (const phase of request.phases) {
        const times = rowOf(row, phase)?.vllm;
        const end = phase.phase === "prefill" ? times?.first : times?.last;
        expect(phase.intervalSource).toBe("vllm_latency");
        expect(phase.includesQueueing).toBe(false);
        expectNear(msFrom(originNs, phase.startUnixNano), times?.sched, 2);
        expectNear(msFrom(originNs, phase.endUnixNano), end, 2);
        compared++;
      }
    }
    expect(compared).toBe(2 * rows.length);
  });

  it("vllm: windows agree with the wall clock's first token and with time in the model", () => {
    const spans = new Map(readRecording("vllm").map((span) => [span.spanId, span]));
    for (const { rootSpanId, phases } of requestsOf("vllm")) {
      const span = spans.get(rootSpanId ?? "") as EngineSpan;
      const [prefill, decode] = phases as [DerivedPhase, DerivedPhase];
      const ms = (name: string): number =>
        (readNumber(span.attributes, `gen_ai.latency.${name}`) ?? Number.NaN) * 1e3;
      const start = span.startUnixNano;
      expectNear(msFrom(start, prefill.endUnixNano), ms("time_to_first_token"), 8);
      expectNear(msFrom(start, decode.endUnixNano), ms("e2e"), 0.01);
      expect(decode.startUnixNano).toBe(prefill.endUnixNano);
      const inModel = msFrom(prefill.startUnixNano, decode.endUnixNano);
      expectNear(inModel, ms("time_in_model_inference"), 0.01);
      expect(decode.endUnixNano).toBeLessThanOrEqual(span.endUnixNano);
    }
  });

  it.each(dynamoFolders)("%s: phases lie inside their handle_payload and in order", (folder) => {
    const rows = readJson<readonly RequestRow[]>(`${folder}/phases.json`);
    const matched = withRows(folder, rows);
    expect(matched).toHaveLength(rows.length);
    for (const { request, row, originNs } of matched) {
      for (const phase of request.phases) {
        const [from, to] = rowOf(row, phase)?.handle_payload ?? [Number.NaN, Number.NaN];
        expect(msFrom(originNs, phase.startUnixNano)).toBeGreaterThanOrEqual(from - 0.06);
        expect(msFrom(originNs, phase.endUnixNano)).toBeLessThanOrEqual(to + 0.06);
        expect(phase.endUnixNano).toBeGreaterThan(phase.startUnixNano);
      }
      const [prefill, decode] = request.phases as [DerivedPhase, DerivedPhase];
      expect(decode.startUnixNano).toBeGreaterThanOrEqual(prefill.endUnixNano);
    }
  });

  it("dynamo-mocker-bootstrap: decode is clipped where it was dispatched early", () => {
    for (const { phases } of requestsOf("dynamo-mocker-bootstrap")) {
      const [prefill, decode] = phases as [DerivedPhase, DerivedPhase];
      expect(decode.startUnixNano).toBe(prefill.endUnixNano);
    }
  });

  it("dynamo-vllm-disagg: the worker is Dynamo's, its host the engine's", () => {
    for (const { phases } of requestsOf("dynamo-vllm-disagg")) {
      for (const { phase, worker, key } of phases) {
        const told = ["service.name", "host.name", "k8s.node.name", "dynamo.instance.id"].map(
          (name) => readText(worker, name),
        );
        const node = `node-${phase}`;
        const service = `dynamo-worker-${phase}`;
        expect(told).toEqual([service, node, node, `${service}-pod`]);
        expect(readText(worker, "component")).toBe(phase === "prefill" ? "prefill" : "backend");
        expect(readText(worker, "dp_rank")).toBe("0");
        expect(key).toBe(`${phase}/${readText(worker, "instance_id")}/0`);
        expect(worker.has("request_id")).toBe(false);
      }
    }
  });

  it.each(dynamoFolders)("%s: key and phase do not depend on the source", (folder) => {
    const lesser = /^(llm_request|engine\.generate|worker\.|request\.dispatch|response\.)/;
    for (const spans of readTraces(folder).values()) {
      const plain = spans.filter(({ name }) => !lesser.test(name));
      const keys = deriveTrace(spans).requests.map(keysOf);
      expect(deriveTrace(plain).requests.map(keysOf)).toEqual(keys);
    }
  });

  it("dynamo-vllm-disagg: its vLLM spans alone tell prefill from decode too", () => {
    for (const spans of readTraces("dynamo-vllm-disagg").values()) {
      const engine = spans.filter(({ name }) => name === "llm_request");
      const alone = deriveTrace(engine).requests.map(windowsOf);
      expect(alone).toEqual(deriveTrace(spans).requests.map(windowsOf));
    }
  });

  it.each([...folders, "sglang-shape"])("%s: any order gives the same", (folder) => {
    for (const spans of readTraces(folder).values()) {
      const whole = deriveTrace(spans);
      const orders = fc.shuffledSubarray([...spans], { minLength: spans.length });
      fc.assert(
        fc.property(orders, (order) => {
          expect(deriveTrace([...order, ...order.slice(0, 3)])).toEqual(whole);
        }),
        { numRuns: 10 },
      );
    }
  });

  it.each(folders)("%s: every prefix of arrivals is sound", (folder) => {
    for (const spans of readTraces(folder).values()) {
      for (let seen = 0; seen <= spans.length; seen++) expectSound(spans.slice(0, seen));
    }
  });

  it.each(folders)("%s: every subset is sound", (folder) => {
    for (const spans of readTraces(folder).values()) {
      fc.assert(fc.property(fc.subarray([...spans]), expectSound), { numRuns: 40 });
    }
  });
});

/** No work is charged twice, and a Dynamo request is open until its root has come. */
function expectSound(spans: readonly EngineSpan[]): void {
  const { requests } = deriveTrace(spans);
  expect(new Set(requests.map(({ requestId }) => requestId)).size).toBe(requests.length);
  expect(requests.length).toBeLessThanOrEqual(1);
  const hasRoot = spans.some(({ name }) => name === "http-request");
  const isDynamo = spans.some(
    ({ name }) => dynamo.spanNames.includes(name) && name !== "llm_request",
  );
  for (const request of requests) {
    if (isDynamo) expect(request.isOpen).toBe(!hasRoot);
    const names = request.phases.map(({ phase }) => phase);
    expect(new Set(names).size).toBe(names.length);
    if (names.includes("mixed")) expect(names).not.toContain("prefill");
    for (const phase of request.phases) {
      expect(phase.endUnixNano).toBeGreaterThan(phase.startUnixNano);
    }
  }
}

function requestsOf(folder: string): readonly DerivedRequest[] {
  return [...readTraces(folder).values()].flatMap((spans) => deriveTrace(spans).requests);
}

function clientsOf(folder: string): readonly ClientRow[] {
  const names = folder === "dynamo-vllm-disagg" ? ["client-warmup", "client"] : ["client"];
  return names.flatMap((name) => readJson<readonly ClientRow[]>(`${folder}/${name}.json`));
}

/** Each derived request with its row; rows count milliseconds from the start of `http-request`. */
function withRows(
  folder: string,
  rows: readonly RequestRow[],
): readonly { request: DerivedRequest; row: RequestRow; originNs: bigint }[] {
  const spans = new Map(readRecording(folder).map((span) => [span.spanId, span]));
  const unused = [...rows];
  return requestsOf(folder).map((request) => {
    const root = spans.get(request.rootSpanId ?? "") as EngineSpan;
    const client = root.attributes.get("x_request_id");
    const candidates = unused.filter(({ req }) => req === client);
    const row = candidates.find((candidate) => fits(candidate, request, root)) as RequestRow;
    unused.splice(unused.indexOf(row), 1);
    return { request, row, originNs: root.startUnixNano };
  });
}

/** Warm-up and run used the same client ids: a row is told from its twin by its times. */
function fits(row: RequestRow, request: DerivedRequest, root: EngineSpan): boolean {
  return request.phases.every((phase) => {
    const [from, to] = rowOf(row, phase)?.handle_payload ?? [Number.NaN, Number.NaN];
    return (
      msFrom(root.startUnixNano, phase.startUnixNano) >= from - 1 &&
      msFrom(root.startUnixNano, phase.endUnixNano) <= to + 1
    );
  });
}

function rowOf(row: RequestRow, { phase }: DerivedPhase): PhaseRow | undefined {
  return row.agg ?? (phase === "prefill" ? row.prefill : row.decode);
}

function keysOf(request: DerivedRequest): readonly string[] {
  return [request.requestId, ...request.phases.map(({ key }) => key)];
}

function windowsOf(request: DerivedRequest): readonly unknown[] {
  return request.phases.map(({ phase, startUnixNano, endUnixNano, processedTokens }) => [
    phase,
    startUnixNano,
    endUnixNano,
    processedTokens,
  ]);
}

function msFrom(originNs: bigint, timeNs: bigint): number {
  return Number(timeNs - originNs) / 1e6;
}

function expectNear(actual: number, expected: number | undefined, tolerance: number): void {
  expect(Math.abs(actual - (expected ?? Number.NaN))).toBeLessThanOrEqual(tolerance);
}
