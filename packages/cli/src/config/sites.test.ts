import { describe, expect, it } from "vitest";
import { siteProblems } from "./check-sites.ts";
import { fileConfig } from "./config.ts";
import { formatProblem } from "./problem.ts";

const problems = (given: object) => siteProblems(fileConfig.parse(given)).map(formatProblem);

describe("sites", () => {
  it("are none by default, and sound with names and addresses", () => {
    expect(problems({})).toEqual([]);
    const peers = { warsaw: { endpoint: "https://warsaw:4318" } };
    expect(problems({ sites: { name: "paris", peers } })).toEqual([]);
  });

  it("are wrong all at once", () => {
    expect(
      problems({
        sites: { peers: { warsaw: { endpoint: "http://warsaw:4318" } }, parent_wait: "1h" },
        kafka: { brokers: ["k:9092"] },
      }),
    ).toEqual([
      "sites.name: is missing: others know this site by it",
      "sites.parent_wait: is longer than join.hold, which caps it",
      "sites: do not go together with kafka yet: run the gateway of a shared site without it",
    ]);
    expect(problems({ sites: { name: "paris" } })).toEqual([
      "sites.peers: is missing: no other site is named",
    ]);
    const self = { endpoint: "https://paris:4318" };
    expect(problems({ sites: { name: "paris", peers: { paris: self } } })).toEqual([
      "sites.peers.paris: is this site itself",
    ]);
  });
});
