import { MAX_DIMENSION_KEYS } from "@wattspan/gateway";
import { engineProblems, engineWarnings } from "./check-engines.ts";
import { gridWarnings } from "./check-grid.ts";
import { kafkaProblems } from "./check-kafka.ts";
import { meterProblems, meterWarnings } from "./check-meters.ts";
import { networkProblems, networkWarnings, ownHosts } from "./check-network.ts";
import { nodeProblems, nodeWarnings } from "./check-nodes.ts";
import { siteProblems } from "./check-sites.ts";
import { workerProblems, workerWarnings } from "./check-workers.ts";
import type { Config } from "./config.ts";
import type { Problem } from "./problem.ts";

/** Everything that keeps a well-formed configuration from working; `hosts` are our own name, then our addresses. */
export function configProblems(
  config: Config,
  hosts: readonly string[] = ownHosts(),
): readonly Problem[] {
  return [
    ...nodeProblems(config),
    ...workerProblems(config),
    ...joinProblems(config),
    ...meterProblems(config),
    ...engineProblems(config),
    ...dimensionProblems(config),
    ...kafkaProblems(config),
    ...siteProblems(config),
    ...networkProblems(config, hosts),
  ];
}

/** Everything that works, but not as most want it. */
export function configWarnings(config: Config, nowMs: number = Date.now()): readonly Problem[] {
  return [
    ...nodeWarnings(config, nowMs),
    ...workerWarnings(config),
    ...meterWarnings(config),
    ...gridWarnings(config),
    ...engineWarnings(config),
    ...networkWarnings(config),
  ];
}

/** Events of one settlement are sorted within 2^44 ns, almost five hours; a phase and its wait must fit too. */
const MAX_KEEP_MS = 7_200_000;

function joinProblems({ join: { keepMs, maxPhaseMs, holdMs, lingerMs } }: Config): Problem[] {
  const problems: Problem[] = [];
  if (keepMs < maxPhaseMs + holdMs) {
    const needed = (maxPhaseMs + holdMs) / 60_000;
    const message = `is shorter than max_phase and hold together (${needed}m): the longest phases would lose their readings`;
    problems.push({ path: "join.keep", message });
  }
  if (keepMs > MAX_KEEP_MS) {
    const message = `is longer than 2h, the most that a device's clock can be settled again over`;
    problems.push({ path: "join.keep", message });
  }
  if (lingerMs > holdMs) {
    problems.push({ path: "join.linger", message: "is longer than hold, which caps it" });
  }
  return problems;
}

function dimensionProblems({ dimensions }: Config): Problem[] {
  const count = new Set(Object.values(dimensions).flat()).size;
  if (count <= MAX_DIMENSION_KEYS) return [];
  const message = `have ${count} attribute keys; at most ${MAX_DIMENSION_KEYS} can be looked for`;
  return [{ path: "dimensions", message }];
}
