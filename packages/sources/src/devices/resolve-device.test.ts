import { describe, expect, it } from "vitest";
import { resolveDevice } from "./resolve-device.ts";

describe("resolveDevice", () => {
  it("prefers configured figures to the model's", () => {
    expect(
      resolveDevice({ id: "G", model: "H100-SXM", idleWatts: 81, maxTokensPerSecond: 9 }),
    ).toEqual({
      id: "G",
      model: "H100-SXM",
      idleWatts: 81,
      maxWatts: 700,
      maxTokensPerSecond: 9,
    });
  });

  it("leaves out what is neither configured nor known", () => {
    expect(resolveDevice({ id: "G", model: "abacus" })).toEqual({ id: "G", model: "abacus" });
    expect(resolveDevice({ id: "G" })).toEqual({ id: "G" });
    expect(resolveDevice({ id: "G", model: "L4" })).not.toHaveProperty("idleWatts");
  });
});
