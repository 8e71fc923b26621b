/** A device of the scene and its draw without and with most load, in watts. */
export interface SceneDevice {
  readonly node: string;
  readonly id: string;
  readonly zone: string;
}

/** Devices on two nodes in two zones; a request's prefill runs on one or two of the first, its decode on the second. */
export const sceneDevices: readonly SceneDevice[] = [
  { node: "node-prefill", id: "GPU-p0", zone: "FR" },
  { node: "node-prefill", id: "GPU-p1", zone: "FR" },
  { node: "node-decode", id: "GPU-d0", zone: "PL" },
  { node: "node-decode", id: "GPU-d1", zone: "PL" },
  { node: "node-decode", id: "GPU-d2", zone: "PL" },
];

/** Spans of one request: those of the worker, and those that no dialect knows. */
export const SPANS_PER_REQUEST = 6;

/** A span with the worker that writes it. */
export interface Span {
  readonly service: string;
  readonly node: string;
  /** As OTLP/JSON writes it. */
  readonly body: object;
}

/** One request of prefill and decode that ended at `endMs`, as OTLP/JSON spans by the worker that writes them. */
export function requestSpans(index: number, endMs: number): readonly Span[] {
  const traceId = hex(index + 1, 32);
  const spanId = (n: number): string => hex((index + 1) * 16 + n, 16);
  const decodeMs = 400 + 37 * (index % 40);
  const prefillMs = 60 + 11 * (index % 17);
  const decodeFrom = endMs - decodeMs;
  const prefillFrom = decodeFrom - prefillMs;
  const prefillOn = index % 3 === 0 ? ["GPU-p0", "GPU-p1"] : [`GPU-p${index % 2}`];
  const span = (
    n: number,
    name: string,
    fromMs: number,
    toMs: number,
    attributes: Readonly<Record<string, unknown>> = {},
  ): object => ({
    traceId,
    spanId: spanId(n),
    ...(n === 1 ? {} : { parentSpanId: spanId(1) }),
    name,
    kind: 1,
    startTimeUnixNano: nanos(fromMs),
    endTimeUnixNano: nanos(toMs),
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: otlpValue(value),
    })),
  });
  const phase = (name: string, tokens: number, devices: readonly string[]) => ({
    "footprint.inference.phase": name,
    "footprint.inference.processed_tokens": tokens,
    "footprint.device.ids": devices,
  });
  const prefill = { service: "prefill", node: "node-prefill" };
  const decode = { service: "decode", node: "node-decode" };
  return [
    { ...prefill, body: span(1, "generate", prefillFrom, endMs, { "gen_ai.request.model": "m" }) },
    {
      ...prefill,
      body: span(2, "prefill", prefillFrom, decodeFrom, phase("prefill", 50 + index, prefillOn)),
    },
    {
      ...decode,
      body: span(
        3,
        "decode",
        decodeFrom,
        endMs,
        phase("decode", 40 + (index % 90), [`GPU-d${index % 3}`]),
      ),
    },
    ...[4, 5, 6].map((n) => ({
      ...prefill,
      body: span(n, `step ${n}`, prefillFrom, endMs, { padding: "x".repeat(200) }),
    })),
  ];
}

/** An OTLP/JSON request of spans, each under the resource of its worker. */
export function tracesRequest(spans: readonly Span[]): Uint8Array {
  const workers = new Map<string, Span[]>();
  for (const span of spans) workers.set(span.service, [...(workers.get(span.service) ?? []), span]);
  return encode({
    resourceSpans: [...workers].map(([service, written]) => ({
      resource: resourceOf({ "service.name": service, "host.name": written[0]?.node }),
      scopeSpans: [{ spans: written.map(({ body }) => body) }],
    })),
  });
}

/** An OTLP/JSON request with the energy counters of all devices at `atMs`; they began `sinceMs`. */
export function metersRequest(atMs: number, sinceMs: number): Uint8Array {
  const seconds = (atMs - sinceMs) / 1000;
  return encode({
    resourceMetrics: sceneDevices.map(({ node, id }, index) => ({
      resource: resourceOf({ "host.name": node }),
      scopeMetrics: [
        {
          metrics: [
            {
              name: "hw.energy",
              unit: "J",
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: [
                  {
                    timeUnixNano: nanos(atMs),
                    // No two devices draw the same, and none draws evenly.
                    asDouble: 1000 + seconds * (250 + 40 * index) + 20 * Math.sin(seconds + index),
                    attributes: attributesOf({ "hw.id": id, "hw.type": "gpu" }),
                  },
                ],
              },
            },
          ],
        },
      ],
    })),
  });
}

function resourceOf(attributes: Readonly<Record<string, unknown>>): object {
  return { attributes: attributesOf(attributes) };
}

function attributesOf(attributes: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }));
}

function otlpValue(value: unknown): object {
  if (typeof value === "number") return { intValue: String(value) };
  if (typeof value === "string") return { stringValue: value };
  return {
    arrayValue: { values: (value as string[]).map((stringValue) => ({ stringValue })) },
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

const encode = (request: object): Uint8Array => new TextEncoder().encode(JSON.stringify(request));
