import { createLog } from "@wattspan/gateway";
import { expect, it } from "vitest";
import { fileConfig } from "../config/config.ts";
import { sayUnverified } from "./say-unverified.ts";

it("says at start which meters and providers are unverified, and nothing of the others", () => {
  const said = (config: object): readonly string[] => {
    const lines: string[] = [];
    sayUnverified(
      fileConfig.parse(config),
      createLog({ write: (line) => void lines.push(line), level: "warn" }),
    );
    return lines.map((line) => line.replace(/^\S+ /, "").trim());
  };
  const sources = [{ type: "dcgm" }, { type: "triton" }];
  expect(said({ meters: { sources }, grid: { source: "neso" } })).toEqual([
    expect.stringMatching(
      /^WARN NVIDIA Triton .* is unverified: .* about="meters\.sources\[1\]\.type"$/,
    ),
    expect.stringMatching(/^WARN neso is unverified: .* about=grid\.source$/),
  ]);
  expect(said({ meters: { sources: sources.slice(0, 1) } })).toEqual([]);
});
