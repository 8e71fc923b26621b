import type { DeviceIdle, PlacementReport, UnplacedWorker } from "@wattspan/gateway";

/** Lines to add to a configuration file. */
export interface Proposal {
  /** YAML with comments. */
  readonly text: string;
  /** Nothing is missing; the text then has comments only. */
  readonly isEmpty: boolean;
}

/** Idle power that differs from the configured one by less than this share is not news. */
const IDLE_TOLERANCE = 0.1;

/** What a configuration lacks by what its gateway saw: `workers:` and `nodes:` to paste. `nodeNames` are configured. */
export function proposeConfig(report: PlacementReport, nodeNames: readonly string[]): Proposal {
  const nodes = nodeLines(report, nodeNames);
  const newNodes = report.unknownDevices.map(({ node }) => node);
  const unplaced = report.workers.filter(
    ({ hosts, reason }) =>
      reason === "devices_unknown" || !hosts.some((host) => newNodes.includes(host)),
  );
  const candidates = [...new Set([...nodeNames, ...newNodes])];
  const workers = unplaced.flatMap((worker) => workerLines(worker, candidates));
  const unused = report.unusedDevices
    .filter(
      ({ node, device }) =>
        !report.unknownDevices.some((one) => one.node === node && one.device === device),
    )
    .map(
      ({ node, device }) => `# ${quoted(`${node}/${device}`)} is metered, but no phase ran on it.`,
    );
  const lines = [
    ...unused,
    ...(workers.length > 0 ? ["workers:", ...workers] : []),
    ...(nodes.length > 0 ? ["nodes:", ...nodes] : []),
  ];
  const isEmpty = workers.length === 0 && nodes.length === 0;
  if (isEmpty) lines.push("# Nothing to add: every worker that was seen has its devices.");
  return { text: `${lines.join("\n")}\n`, isEmpty };
}

function workerLines(
  { match, hosts, reason, phases, node, devices }: UnplacedWorker,
  candidates: readonly string[],
): string[] {
  const entries = Object.entries(match).map(([key, value]) => `${quoted(key)}: ${quoted(value)}`);
  const told = hosts.length > 0 ? `; its spans name ${hosts.map(quoted).join(", ")}` : "";
  const head = [
    `  # ${phases} ${phases === 1 ? "phase" : "phases"} without a place of their own: ${reason}${told}.`,
    `  - match: { ${entries.join(", ")} }`,
  ];
  if (node !== undefined && devices !== undefined) {
    return [
      ...head,
      `    node: ${quoted(node)}`,
      `    devices: [${devices.map(quoted).join(", ")}] # keep those it runs on`,
    ];
  }
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1)
    return [...head, `    node: ${quoted(only)} # the only machine that is known`];
  const choice =
    candidates.length > 0 ? `one of ${candidates.map(quoted).join(", ")}` : "none is known yet";
  return [...head, `    node: "?" # ${choice}`];
}

function nodeLines(report: PlacementReport, nodeNames: readonly string[]): string[] {
  const byNode = new Map<string, string[]>();
  const add = (node: string, lines: readonly string[]): void => {
    byNode.set(node, [...(byNode.get(node) ?? []), ...lines]);
  };
  const idleOf = ({ node, device }: { node: string; device: string }): DeviceIdle | undefined =>
    report.idle.find((one) => one.node === node && one.device === device);
  for (const unknown of report.unknownDevices) {
    const idle = idleOf(unknown);
    add(unknown.node, [
      `      - id: ${quoted(unknown.device)} # model: helps to tell its watts`,
      ...(idle === undefined ? [] : [idleLine(idle)]),
    ]);
  }
  for (const idle of report.idle) {
    const isUnknown = report.unknownDevices.some(
      ({ node, device }) => node === idle.node && device === idle.device,
    );
    if (isUnknown || isNear(idle)) continue;
    add(idle.node, [`      - id: ${quoted(idle.device)}`, idleLine(idle)]);
  }
  return [...byNode].flatMap(([node, devices]) => [
    `  - name: ${quoted(node)}${nodeNames.includes(node) ? " # is configured: change it there" : ""}`,
    ...(nodeNames.includes(node) ? [] : ["    # zone: without it joules, no grams"]),
    "    devices:",
    ...devices,
  ]);
}

function idleLine({ watts, seconds, intervals, configuredWatts }: DeviceIdle): string {
  const before = configuredWatts === undefined ? "" : `${configuredWatts} is set; `;
  const span = `${intervals} intervals of ${Math.round(seconds)} s without work`;
  return `        idle_watts: ${Number(watts.toPrecision(4))} # ${before}measured over ${span}`;
}

function isNear({ watts, configuredWatts }: DeviceIdle): boolean {
  if (configuredWatts === undefined) return false;
  return Math.abs(watts - configuredWatts) <= IDLE_TOLERANCE * configuredWatts;
}

/** A double-quoted YAML scalar, which a JSON text is; text from the network cannot leave it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
