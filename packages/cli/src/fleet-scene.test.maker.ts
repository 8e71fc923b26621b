/** Start of an hour, in the middle of the scene, ms since 1970. */
export const hourMs: number = Date.parse("2026-06-01T11:00:00Z");

/** A board draws `watts + perSecond x i` in the second that begins `i` seconds after the hour. */
export interface Board {
  readonly watts: number;
  readonly perSecond: number;
  readonly idleWatts: number;
}

/** The boards by id. */
export const boards: Readonly<Record<string, Board>> = {
  "GPU-h100": { watts: 370, perSecond: 10, idleWatts: 70 },
  "GPU-h200": { watts: 478, perSecond: 20, idleWatts: 78 },
  "GPU-a100": { watts: 260, perSecond: 5, idleWatts: 60 },
  "GPU-l4": { watts: 46, perSecond: 2, idleWatts: 16 },
  "0x1f": { watts: 540, perSecond: 10, idleWatts: 140 },
  "GPU-l4-a": { watts: 41, perSecond: 2, idleWatts: 16 },
  "GPU-l4-b": { watts: 56, perSecond: 0, idleWatts: 16 },
};

const FIRST_SECOND = -10;
const seconds: readonly number[] = Array.from({ length: 21 }, (_, index) => index + FIRST_SECOND);

/** What a board's counter says at a second, J. */
function counterOf(id: string, second: number): number {
  const { watts, perSecond } = boards[id] as Board;
  let joules = 1000;
  for (let i = FIRST_SECOND; i < second; i++) joules += watts + perSecond * i;
  return joules;
}

/** dcgm-exporter's page; a board with two MIG instances says its joules twice. */
export function dcgmPage(second: number): string {
  const labels = `gpu="0",UUID="GPU-h100",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",Hostname="10.1.0.1"`;
  const value = counterOf("GPU-h100", second) * 1000;
  return [
    "# HELP DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION Total energy consumption since boot (in mJ).",
    "# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter",
    `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{${labels},GPU_I_ID="1"} ${value}`,
    `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{${labels},GPU_I_ID="2"} ${value}`,
    "# TYPE DCGM_FI_DEV_POWER_USAGE gauge",
    `DCGM_FI_DEV_POWER_USAGE{${labels},GPU_I_ID="1"} 1`,
    "",
  ].join("\n");
}

/** AMD's page: microjoules. */
export function amdPage(second: number): string {
  const value = counterOf("0x1f", second) * 1e6;
  return `# TYPE gpu_energy_consumed gauge
gpu_energy_consumed{gpu_id="0",serial_number="0x1f",hostname="fresno",card_model="MI300X"} ${value}
`;
}

/** A Prometheus server's raw samples up to now, scraped half a second after each second. */
export function prometheusAnswer(second: number): string {
  const values = seconds
    .filter((one) => one <= second)
    .map((one) => [hourMs / 1000 + one + 0.5, String(counterOf("GPU-l4", one) * 1000)]);
  const metric = {
    __name__: "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
    UUID: "GPU-l4",
    exported_hostname: "lyon",
    instance: "10.9.9.9:9400",
  };
  const data = { resultType: "matrix", result: [{ metric, values }] };
  return JSON.stringify({ status: "success", data });
}

/** Two senders' metrics over OTLP, one in J and one in kWh. */
export function otlpMeters(): readonly Uint8Array[] {
  return seconds.flatMap((second) => [
    energyPoint("hw.energy", "J", "berlin.example", "GPU-h200", second, 1),
    energyPoint("hw.gpu.energy.consumed", "kWh", "warsaw", "GPU-a100", second, 3.6e6),
  ]);
}

function energyPoint(
  name: string,
  unit: string,
  host: string,
  id: string,
  second: number,
  joulesPerUnit: number,
): Uint8Array {
  const dataPoints = [
    {
      timeUnixNano: `${hourMs + second * 1000}000000`,
      asDouble: counterOf(id, second) / joulesPerUnit,
      attributes: [text("hw.id", id), text("hw.type", "gpu")],
    },
  ];
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  const resource = { attributes: [text("host.name", host)] };
  const scopeMetrics = [{ metrics: [{ name, unit, sum }] }];
  return Buffer.from(JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics }] }));
}

/**
 * What nvidia-smi wrote on the last node, times in UTC: power whose mean over a second is the board's. A row tells of up to
 * 1.1 s before it, so its middle is 550 ms back.
 */
export function nvidiaSmiCsv(): string {
  const rows = seconds.flatMap((second) =>
    ["GPU-l4-a", "GPU-l4-b"].map((id) => {
      const { watts, perSecond } = boards[id] as Board;
      const at = new Date(hourMs + second * 1000 + 550)
        .toISOString()
        .replace(/[-T]/g, (mark) => (mark === "T" ? " " : "/"));
      return `${at.slice(0, -1)}, ${id}, ${(watts + perSecond * (second - 0.5)).toFixed(2)} W`;
    }),
  );
  return ["timestamp, uuid, power.draw [W]", ...rows, ""].join("\n");
}

/** Hourly factors by file. */
export const gridFiles: Readonly<Record<string, string>> = {
  "fr.csv": hours(40, 60),
  "de.csv": hours(350, 380),
  "pl.csv": hours(700, 650),
  "ca.csv": hours(250, 200),
};

function hours(before: number, after: number): string {
  return `datetime,intensity
2026-06-01T10:00Z,${before}
2026-06-01T11:00Z,${after}
`;
}

interface Work {
  readonly request: "a" | "b" | "c" | "d";
  readonly phase: "prefill" | "decode";
  readonly from: number;
  readonly to: number;
  readonly tokens: number;
  readonly resource: Readonly<Record<string, string>>;
  readonly device?: string;
}

/** Seconds from the hour. The last one says neither node nor devices. */
const works: readonly Work[] = [
  {
    request: "a",
    phase: "prefill",
    from: -6,
    to: -4,
    tokens: 200,
    resource: { "host.name": "paris" },
    device: "GPU-h100",
  },
  {
    request: "a",
    phase: "decode",
    from: -4,
    to: 6,
    tokens: 500,
    resource: { "host.name": "berlin.example" },
    device: "GPU-h200",
  },
  {
    request: "b",
    phase: "prefill",
    from: -5,
    to: -3,
    tokens: 100,
    resource: { "host.name": "10.1.0.1" },
    device: "GPU-h100",
  },
  {
    request: "b",
    phase: "decode",
    from: -3,
    to: 2.5,
    tokens: 50,
    resource: { "host.name": "warsaw" },
    device: "GPU-a100",
  },
  {
    request: "c",
    phase: "prefill",
    from: -2,
    to: -1,
    tokens: 80,
    resource: { "host.name": "lyon" },
    device: "GPU-l4",
  },
  {
    request: "c",
    phase: "decode",
    from: -1,
    to: 3,
    tokens: 20,
    resource: { "host.name": "lyon" },
    device: "GPU-l4",
  },
  {
    request: "d",
    phase: "prefill",
    from: 0,
    to: 3,
    tokens: 900,
    resource: { "host.name": "fresno" },
    device: "0x1f",
  },
  {
    request: "d",
    phase: "decode",
    from: 3,
    to: 8,
    tokens: 60,
    resource: { "service.name": "frankfurt-decode" },
  },
];

/** Each span as its own process exports it: one request a span, decode before prefill before the root. */
export function spanBodies(): readonly Uint8Array[] {
  const roots = [...new Set(works.map(({ request }) => request))].map((request) => {
    const own = works.filter((work) => work.request === request);
    const from = Math.min(...own.map((work) => work.from));
    const to = Math.max(...own.map((work) => work.to));
    return spanBody(
      { "service.name": "frontend" },
      { ...spanOf(request, "01", "request", from, to) },
    );
  });
  const phases = works.map(({ request, phase, from, to, tokens, resource, device }) =>
    spanBody(resource, {
      ...spanOf(request, phase === "prefill" ? "02" : "03", phase, from, to),
      parentSpanId: spanId(request, "01"),
      attributes: [
        text("footprint.inference.phase", phase),
        { key: "footprint.inference.processed_tokens", value: { intValue: String(tokens) } },
        ...(device === undefined
          ? []
          : [
              {
                key: "footprint.device.ids",
                value: { arrayValue: { values: [{ stringValue: device }] } },
              },
            ]),
      ],
    }),
  );
  return [...phases.reverse(), ...roots];
}

const spanId = (request: string, number: string): string => `${request}0000000000000${number}`;

function spanOf(request: string, number: string, name: string, from: number, to: number): object {
  return {
    traceId: `0af7651916cd43dd8448eb211c80319${request}`,
    spanId: spanId(request, number),
    name,
    kind: 1,
    startTimeUnixNano: `${hourMs + from * 1000}000000`,
    endTimeUnixNano: `${hourMs + to * 1000}000000`,
  };
}

function spanBody(resource: Readonly<Record<string, string>>, span: object): Uint8Array {
  const attributes = Object.entries(resource).map(([key, value]) => text(key, value));
  const scopeSpans = [{ scope: { name: "test" }, spans: [span] }];
  return Buffer.from(JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans }] }));
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
