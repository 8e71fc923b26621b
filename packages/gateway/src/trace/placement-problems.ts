import type { NodeOptions, WorkerRow } from "../pipeline-options.ts";

/** What is wrong with configured nodes and worker rows, one sentence each; empty where all is well. */
export function placementProblems(
  nodes: readonly NodeOptions[],
  workers: readonly WorkerRow[],
): readonly string[] {
  const owners = new Map<string, NodeOptions>();
  return [
    ...nodes.flatMap((node) => nodeProblems(owners, node)),
    ...workers.flatMap((row, index) => rowProblems(owners, row, index)),
  ];
}

/** Notes the node's names in `owners`. */
function nodeProblems(owners: Map<string, NodeOptions>, node: NodeOptions): readonly string[] {
  const problems: string[] = [];
  for (const name of [node.name, ...node.aliases]) {
    const owner = owners.get(name);
    if (owner === node) problems.push(`node ${node.name}: the name ${name} is given twice.`);
    else if (owner !== undefined) {
      problems.push(`node ${node.name}: the name ${name} is node ${owner.name}'s too.`);
    } else owners.set(name, node);
  }
  for (const id of repeated(node.devices.map((device) => device.id))) {
    problems.push(`node ${node.name}: device ${id} is listed twice.`);
  }
  return problems;
}

function rowProblems(
  owners: ReadonlyMap<string, NodeOptions>,
  row: WorkerRow,
  index: number,
): readonly string[] {
  const where = `worker row ${index + 1}`;
  const problems: string[] = [];
  const node = owners.get(row.node);
  if (node === undefined) problems.push(`${where}: there is no node ${row.node}.`);
  const devices = row.devices ?? [];
  if (row.devices !== undefined && devices.length === 0) {
    problems.push(`${where}: its list of devices is empty.`);
  }
  for (const id of new Set(devices)) {
    if (node !== undefined && !node.devices.some((device) => device.id === id)) {
      problems.push(`${where}: node ${row.node} has no device ${id}.`);
    }
  }
  for (const id of repeated(devices)) problems.push(`${where}: device ${id} is listed twice.`);
  if (node !== undefined && row.devices === undefined && node.devices.length === 0) {
    problems.push(`${where}: node ${row.node} has no devices.`);
  }
  const { fromUnixNano, toUnixNano } = row;
  if (fromUnixNano !== undefined && toUnixNano !== undefined && fromUnixNano >= toUnixNano) {
    problems.push(`${where}: it ends before it begins.`);
  }
  return problems;
}

function repeated(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}
