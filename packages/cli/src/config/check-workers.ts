import { nearestNames } from "@wattspan/sources";
import type { FileConfig } from "./config.ts";
import { deviceIdsOf, nodeNamed } from "./node-named.ts";
import type { NodeConfig } from "./nodes.ts";
import type { Problem } from "./problem.ts";
import type { WorkerConfig } from "./workers.ts";

/** What is wrong with worker rows: nodes and devices that do not exist, and periods that never are. */
export function workerProblems({ nodes, workers }: FileConfig): readonly Problem[] {
  const names = nodes.flatMap(({ name, aliases }) => [name, ...aliases]);
  return workers.flatMap((row, index) => {
    const path = `workers[${index}]`;
    const node = nodeNamed(nodes, row.node);
    return [
      ...periodProblems(row, path),
      ...(node === undefined
        ? [{ path: `${path}.node`, message: unknownName("node", row.node, names) }]
        : deviceProblems(row, node, path)),
    ];
  });
}

/** Nodes that no row names, where there are rows. */
export function workerWarnings({ nodes, workers }: FileConfig): readonly Problem[] {
  if (workers.length === 0) return [];
  const used = new Set(workers.map(({ node }) => nodeNamed(nodes, node)));
  return nodes.flatMap((node, index) => {
    if (used.has(node)) return [];
    const message = `no worker row names ${node.name}: it is used for spans that carry its name or devices only`;
    return [{ path: `nodes[${index}]`, message }];
  });
}

function deviceProblems(row: WorkerConfig, node: NodeConfig, path: string): readonly Problem[] {
  const { devices } = row;
  if (devices === undefined) {
    if (node.devices.length > 0) return [];
    return [{ path: `${path}.node`, message: `${node.name} has no devices` }];
  }
  if (devices.length === 0) return [{ path: `${path}.devices`, message: "must not be empty" }];
  const known = deviceIdsOf(node);
  return devices.flatMap((id, at) => {
    const where = `${path}.devices[${at}]`;
    if (!known.includes(id)) {
      return [{ path: where, message: unknownName(`device of ${node.name}`, id, known) }];
    }
    if (devices.indexOf(id) === at) return [];
    return [{ path: where, message: `${JSON.stringify(id)} is listed twice` }];
  });
}

function periodProblems({ fromUnixNano, toUnixNano }: WorkerConfig, path: string): Problem[] {
  if (fromUnixNano === undefined || toUnixNano === undefined) return [];
  return fromUnixNano < toUnixNano ? [] : [{ path: `${path}.to`, message: "is not after from" }];
}

function unknownName(kind: string, name: string, known: readonly string[]): string {
  const near = nearestNames(name, known);
  const names = near.length > 0 ? near : known;
  const advice = names.length === 0 ? "" : `; known are ${names.slice(0, 5).join(", ")}`;
  return `there is no ${kind} called ${JSON.stringify(name)}${advice}`;
}
