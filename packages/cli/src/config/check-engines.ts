import type { FileConfig } from "./config.ts";
import type { NodeConfig } from "./nodes.ts";
import type { Problem } from "./problem.ts";

/** Longest interval at which an engine's counters still tell its load from minute to minute, ms. */
const SLOW_MS = 15_000;

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
    const node = nodes.find(({ name, aliases }) =>
      [name, ...aliases].includes(engine.node as string),
    );
    if (node === undefined) {
      const message = `no node is called ${JSON.stringify(engine.node)}`;
      return [...problems, { path: `${path}.node`, message }];
    }
    return [...problems, ...deviceProblems(engine.devices ?? [], node, path)];
  });
}

function deviceProblems(
  devices: readonly string[],
  { name, devices: known }: NodeConfig,
  path: string,
): readonly Problem[] {
  return devices.flatMap((id, at) => {
    if (known.some((device) => device.id === id)) return [];
    const message = `there is no device of ${name} called ${JSON.stringify(id)}`;
    return [{ path: `${path}.devices[${at}]`, message }];
  });
}

/** Engines that are asked too seldom for what they are asked for. */
export function engineWarnings({ engines }: FileConfig): readonly Problem[] {
  return engines.flatMap(({ intervalMs = 0 }, index) => {
    if (intervalMs <= SLOW_MS) return [];
    const message =
      "is longer than 15s: with few requests at once, figures of sampled traces get too high";
    return [{ path: `engines[${index}].interval`, message }];
  });
}
