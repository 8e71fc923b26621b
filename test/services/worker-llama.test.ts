import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { instantOf } from "@wattspan/footprint";
import {
  createHttpReceiver,
  createLog,
  createPipeline,
  createTelemetry,
  type PhaseSummary,
  type RequestSummary,
  type Summary,
} from "@wattspan/gateway";
import { beforeAll, describe, expect, it } from "vitest";
import { enginePipeline } from "../engine-pipeline.ts";
import { installLlama, workerFolder } from "./install-llama.ts";

const llama = installLlama();
const WATTS = 40;
const options = {
  ...enginePipeline({ lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 }),
  workers: [{ match: new Map([["service.name", "llama-worker"]]), node: "node-agg" }],
};

/** What `llama-worker.mjs` says of itself; tokens as the library's own meters counted them. */
interface Told {
  readonly completions: readonly {
    readonly answer: string;
    readonly computed: { readonly usedInputTokens: number; readonly usedOutputTokens: number };
  }[];
  readonly promptTokens: readonly number[];
  readonly dimensions: number;
  readonly embeddedTokens: number;
}

describe.skipIf("missing" in llama)(
  `a real model in a worker${"missing" in llama ? ` (skipped: ${llama.missing})` : ""}`,
  () => {
    let told: Told;
    let summary: Summary;
    let requests: readonly RequestSummary[];

    beforeAll(async () => {
      const bodies: Uint8Array[] = [];
      const receiver = await createHttpReceiver({
        endpoint: { host: "127.0.0.1", port: 0 },
        accept: (_signal, _encoding, body) => {
          bodies.push(body.slice());
          return { status: "accepted", rejected: 0 };
        },
        telemetry: createTelemetry(),
        log: createLog({ write: () => {} }),
      });
      const startMs = Date.now();
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [
          fileURLToPath(new URL("llama-worker.mjs", import.meta.url)),
          join(workerFolder, "generate.js"),
          "modelPath" in llama ? llama.modelPath : "",
        ],
        {
          env: {
            ...process.env,
            OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.address.port}`,
          },
        },
      );
      await receiver.shutdown(0);
      told = JSON.parse(stdout) as Told;
      summary = play(bodies, startMs - 1000, Date.now() + 2000);
      requests = [...summary.requests].sort((a, b) => startOf(a) - startOf(b));
    });

    const completions = () => requests.slice(0, told.completions.length);
    const turns = () => requests.slice(told.completions.length, -1);

    it("tells prefill from decode, with the tokens that the library's meters counted", () => {
      const counted = completions().map(({ phases }) =>
        phases.map(({ phase, processedTokens }) => [phase, processedTokens]),
      );
      // The last prompt token is what the first output is sampled from: the meters book it as output.
      const expected = told.completions.map(({ computed }) => [
        ["prefill", computed.usedInputTokens + 1],
        ["decode", computed.usedOutputTokens - 1],
      ]);
      expect([...counted].sort()).toEqual([...expected].sort());
      // The model puts a token of its own before the prompt.
      expect(told.completions.map(({ computed }) => computed.usedInputTokens)).toEqual(
        told.promptTokens,
      );
    });

    it("decodes all four in the same batches", () => {
      expect(completions()).toHaveLength(4);
      const decodes = completions().map(({ phases }) => phases[1] as PhaseSummary);
      const latestStart = Math.max(...decodes.map(({ startUnixNano }) => Number(startUnixNano)));
      const firstEnd = Math.min(...decodes.map(({ endUnixNano }) => Number(endUnixNano)));
      expect(latestStart).toBeLessThan(firstEnd);
      for (const { phases } of completions()) {
        expect(phases[0]?.endUnixNano).toBe(phases[1]?.startUnixNano);
      }
    });

    it("does not charge a second turn for what the cache still holds", () => {
      const prefills = turns().map(({ phases }) => phases[0]);
      expect(turns().length).toBeGreaterThanOrEqual(2);
      expect(prefills.map((phase) => phase?.phase)).toEqual(prefills.map(() => "prefill"));
      const [first, second] = [prefills[0], prefills.at(-1)];
      expect(second?.processedTokens).toBeGreaterThan(0);
      // The whole history would be the first turn, its answer and the second question.
      expect(second?.processedTokens).toBeLessThan((first?.processedTokens ?? 0) + 12);
    });

    it("knows an embedding for a prefill alone", () => {
      expect(told.dimensions).toBe(640);
      const phases = requests.at(-1)?.phases.map(({ phase, processedTokens }) => ({
        phase,
        processedTokens,
      }));
      expect(phases).toMatchObject([{ phase: "prefill" }]);
      // With the tokens that the model puts around a text.
      expect((phases?.[0]?.processedTokens ?? 0) - told.embeddedTokens).toBeGreaterThanOrEqual(0);
      expect((phases?.[0]?.processedTokens ?? 0) - told.embeddedTokens).toBeLessThanOrEqual(2);
    });

    it("accounts for every joule", () => {
      const charged = requests
        .flatMap(({ phases }) => phases)
        .reduce((sum, { energyJoules }) => sum + (energyJoules ?? Number.NaN), 0);
      expect(charged).toBeGreaterThan(0);
      expect(charged).toBeCloseTo(summary.totals.attributedJoules, 6);
      const { meteredJoules, attributedJoules, idleJoules, unattributedJoules } = summary.totals;
      expect(attributedJoules + idleJoules + unattributedJoules).toBeCloseTo(meteredJoules, 6);
    });
  },
);

const startOf = ({ phases }: RequestSummary): number => Number(phases[0]?.startUnixNano ?? 0);

/** A counter that rises by constant power: this test is about phases, not about watts. */
function play(bodies: readonly Uint8Array[], startMs: number, endMs: number): Summary {
  const pipeline = createPipeline(
    options,
    () => true,
    () => endMs,
  );
  for (const body of bodies) pipeline.accept("traces", "protobuf", body);
  for (let ms = startMs; ms <= endMs; ms += 100) {
    const value = 1000 + ((ms - startMs) / 1000) * (70 + WATTS);
    const at = instantOf(BigInt(ms) * 1_000_000n);
    pipeline.addReadings([{ device: "node-agg/GPU-a0", kind: "counter", value, at }]);
  }
  pipeline.finish(endMs);
  return pipeline.summary();
}
