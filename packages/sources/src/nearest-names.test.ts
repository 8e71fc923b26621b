import { describe, expect, it } from "vitest";
import { nearestNames } from "./nearest-names.ts";

describe("nearestNames", () => {
  it("finds a name with one letter wrong, in another case, or cut off", () => {
    expect(nearestNames("ndoes", ["nodes", "workers", "grid"])).toEqual(["nodes"]);
    expect(nearestNames("fr", ["FR", "DE"])).toEqual(["FR"]);
    expect(nearestNames("US-XX", ["US", "DE", "GB-NIR"])).toEqual(["US"]);
  });

  it("puts the closest first and keeps to the limit", () => {
    expect(nearestNames("FRR", ["FO", "FR", "FRA"], 2)).toEqual(["FR", "FRA"]);
  });

  it("gives nothing where nothing is close", () => {
    expect(nearestNames("zzzzzz", ["nodes", "grid"])).toEqual([]);
    expect(nearestNames("", ["nodes"])).toEqual([]);
  });
});
