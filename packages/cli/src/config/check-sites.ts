import type { FileConfig } from "./config.ts";
import { formatPath, type Problem } from "./problem.ts";

/** What keeps sites from knowing each other. */
export function siteProblems({
  sites: { name, peers, parentWaitMs },
  kafka,
  join,
}: Pick<FileConfig, "sites" | "kafka" | "join">): readonly Problem[] {
  const names = Object.keys(peers);
  if (names.length === 0) {
    return name === ""
      ? []
      : [{ path: "sites.peers", message: "is missing: no other site is named" }];
  }
  const problems: Problem[] = [];
  if (name === "") {
    problems.push({ path: "sites.name", message: "is missing: others know this site by it" });
  }
  if (names.includes(name)) {
    problems.push({ path: formatPath(["sites", "peers", name]), message: "is this site itself" });
  }
  if (parentWaitMs > join.holdMs) {
    problems.push({
      path: "sites.parent_wait",
      message: "is longer than join.hold, which caps it",
    });
  }
  if (kafka.brokers.length > 0) {
    const message =
      "do not go together with kafka yet: run the gateway of a shared site without it";
    problems.push({ path: "sites", message });
  }
  return problems;
}
