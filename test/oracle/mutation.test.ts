import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const packages = join(root, "packages");

/** Ways to break the joiner: file, text that stands there once, what it becomes. */
const MUTATIONS: readonly (readonly [rule: string, file: string, from: string, to: string])[] = [
  ["one skew for all", "attribution/settle-epoch.js", "input.terms.maxClockSkewNs === 0", "true"],
  ["split by load", "attribution/advance-clocks.js", "dynamicJoules / L : 0", "dynamicJoules : 0"],
  ["share of a device", "attribution/phase-store.js", "(share *", "(1 *"],
  ["rate, not weight", "attribution/phase-store.js", "((end - start) * 1e-9)", "1"],
  ["reset of a counter", "energy/meter-series.js", "if (to < from ||", "if ("],
  ["repeat of a counter", "energy/meter-series.js", "|| value[before] !== value[i]", "|| true"],
  ["trapezoid", "energy/meter-series.js", "((from + to) / 2)", "from"],
  ["idle apart", "attribution/shape-interval.js", "Math.min(mean, terms.idleWatts)", "0"],
  [
    "idle in equal parts",
    "attribution/advance-clocks.js",
    "idleJoules / n : 0",
    "idleJoules / L : 0",
  ],
  ["maximum power", "attribution/shape-interval.js", "Math.min(rest, room)", "rest"],
  ["busy time", "attribution/shape-interval.js", "if (running[j] > 0 || load[j] > 0)", "if (true)"],
  ["gap is not placed", "attribution/advance-clocks.js", "isInside && !isGap", "isInside"],
  ["counted load", "attribution/price-load.js", "if (rate > load[j])", "if (false)"],
  [
    "later epochs",
    "attribution/sum-energy.js",
    "rows[at + FIGURE.dynamic + part]",
    "epoch < last ? 0 : rows[at + FIGURE.dynamic + part]",
  ],
  ["clock skew", "energy/meter-series.js", "slack[next] + limits.maxClockSkewNs", "slack[next]"],
  [
    "queueing",
    "attribution/bound-entries.js",
    "const isQueueing = entries.queueing[entry] === 1",
    "const isQueueing = false",
  ],
  ["cheapest first", "attribution/fill-by-load.js", "sum += seconds / cost", "sum += seconds"],
  [
    "room for the rest",
    "attribution/solve-interval.js",
    "(roomJoules - spareJoules[k]) / gainWatts[k]",
    "Infinity",
  ],
  [
    "spare energy",
    "attribution/solve-interval.js",
    "spareJoules[k] / (maxWatts[k] - minWatts[k])",
    "Infinity",
  ],
  [
    "gain of the sensor",
    "attribution/solve-interval.js",
    "const high = joules / (1 - gainError)",
    "const high = joules",
  ],
  ["price of a decode token", "attribution/weigh.js", 'phase !== "prefill" ?', "false ?"],
];

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "wattspan-oracle-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Exit status of the oracle, without published data, against a copy of the build with one text replaced. */
function judge(name: string, file: string, from: string, to: string): number | null {
  const copy = join(scratch, name);
  cpSync(join(packages, "footprint/dist"), copy, { recursive: true });
  const semconv = pathToFileURL(join(packages, "semconv/dist/index.js")).href;
  for (const one of readdirSync(copy).filter((file) => file.endsWith(".js"))) {
    const text = readFileSync(join(copy, one), "utf8");
    writeFileSync(join(copy, one), text.replaceAll("@wattspan/semconv", semconv));
  }
  const text = readFileSync(join(copy, file), "utf8");
  if (from !== "") expect(text.split(from)).toHaveLength(2);
  writeFileSync(join(copy, file), text.replace(from, to));
  writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
  const oracle = join(root, "scripts/oracle.mjs");
  const { status, stdout } = spawnSync(process.execPath, [oracle, join(copy, "index.js")], {
    cwd: scratch,
    encoding: "utf8",
  });
  expect(stdout).toMatch(status === 0 ? /\ngreen\n$/ : /\nred: \d+ wrong\n$/);
  return status;
}

it("the oracle accepts the library as it is", () => {
  expect(judge("whole", "index.js", "", "")).toBe(0);
}, 60_000);

it.each(MUTATIONS)("the oracle refuses a library without the rule: %s", (rule, file, from, to) => {
  expect(judge(rule.replaceAll(" ", "-"), file, from, to)).toBe(1);
});
