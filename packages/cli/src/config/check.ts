import { meterProblems, meterWarnings } from "./check-meters.ts";
import { networkProblems, networkWarnings, ownHosts } from "./check-network.ts";
import { nodeProblems, nodeWarnings } from "./check-nodes.ts";
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
    ...networkProblems(config, hosts),
  ];
}

/** Everything that works, but not as most want it. */
export function configWarnings(config: Config, nowMs: number = Date.now()): readonly Problem[] {
  return [
    ...nodeWarnings(config, nowMs),
    ...workerWarnings(config),
    ...meterWarnings(config),
    ...networkWarnings(config),
  ];
}

function joinProblems({ join: { keepMs, maxPhaseMs, holdMs, lingerMs } }: Config): Problem[] {
  const problems: Problem[] = [];
  if (keepMs < maxPhaseMs + holdMs) {
    const needed = (maxPhaseMs + holdMs) / 60_000;
    const message = `is shorter than max_phase and hold together (${needed}m): the longest phases would lose their readings`;
    problems.push({ path: "join.keep", message });
  }
  if (lingerMs > holdMs) {
    problems.push({ path: "join.linger", message: "is longer than hold, which caps it" });
  }
  return problems;
}
