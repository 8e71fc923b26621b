import type { FileConfig } from "./config.ts";
import { deviceIdsOf, nodeNamed } from "./node-named.ts";
import type { NodeConfig } from "./nodes.ts";
import type { Problem } from "./problem.ts";

/** Longest interval at which an engine's counters tell its load, ms; what comes late may take 5 s more. */
const SLOW_MS = 20_000;

/** What is wrong with engines: nodes and devices that do not exist, and pages that are asked twice. */
export function engineProblems({ engines, nodes }: FileConfig): readonly Problem[] {
  return engines.flatMap((engine, index) => {
    const path = `engines[${index}]`;
    const problems: Problem[] = [];
    const rival = engines.findIndex(({ endpoint }) => endpoint === engine.endpoint);
    if (rival < index) {
      problems.push({ path: `${path}.endpoint`, message: `is that of engines[${rival}]` });
    }
    if (engine.node === undefined) {
      if (engine.devices === undefined) return problems;
      const message = "is missing: devices are those of a node";
      return [...problems, { path: `${path}.node`, message }];
    }
    const node = nodeNamed(nodes, engine.node);
    if (node === undefined) {
      const message = `no node is called ${JSON.stringify(engine.node)}`;
      return [...problems, { path: `${path}.node`, message }];
    }
    return [...problems, ...deviceProblems(engine.devices ?? [], node, path)];
  });
}

function deviceProblems(
  devices: readonly string[],
  node: NodeConfig,
  path: string,
): readonly Problem[] {
  const known = deviceIdsOf(node);
  return devices.flatMap((id, at) => {
    if (known.includes(id)) return [];
    const message = `there is no device of ${node.name} called ${JSON.stringify(id)}`;
    return [{ path: `${path}.devices[${at}]`, message }];
  });
}

/** Engines that are asked too seldom for what they are asked for, and counts that a restart forgets. */
export function engineWarnings({ engines, spool }: FileConfig): readonly Problem[] {
  const forgotten = engines.length > 0 && spool !== undefined;
  const message =
    "are not kept in the spool: after a restart what was counted before it is missing from open windows";
  return [...(forgotten ? [{ path: "engines", message }] : []), ...slowEngines(engines)];
}

function slowEngines(engines: FileConfig["engines"]): readonly Problem[] {
  return engines.flatMap(({ intervalMs = 0 }, index) => {
    if (intervalMs <= SLOW_MS) return [];
    const message =
      "is longer than 20s: that says what tokens take, but not what runs beside a sampled trace";
    return [{ path: `engines[${index}].interval`, message }];
  });
}
