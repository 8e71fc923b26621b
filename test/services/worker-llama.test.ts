import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DeviceBalance } from "@wattspan/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildJaeger } from "./build-jaeger.ts";
import { installLlama } from "./install-llama.ts";
import { fetchTraces, type JaegerSpan, type JaegerTrace, tagOf, withTag } from "./jaeger-traces.ts";
import { type Jaeger, startJaeger } from "./start-jaeger.ts";

const llama = installLlama();
const binary = buildJaeger();
const missing = [llama, binary].flatMap((part) => ("missing" in part ? [part.missing] : []));
const SEQUENCES = 5;
const WATTS = 40;

/** What the example says of itself; tokens as the library's own meters counted them. */
interface Told {
  readonly completions: readonly {
    readonly promptTokens: number;
    readonly usedInputTokens: number;
    readonly usedOutputTokens: number;
  }[];
  readonly embedding: { readonly dimensions: number; readonly tokens: number };
  readonly balances: readonly DeviceBalance[];
}

const phaseOf = ({ spans }: JaegerTrace, phase: string): JaegerSpan | undefined =>
  spans.find((span) => tagOf(span, "footprint.inference.phase") === phase);
const tokensOf = (span: JaegerSpan | undefined): unknown =>
  tagOf(span, "footprint.inference.processed_tokens");
const startOf = ({ spans }: JaegerTrace): number =>
  Math.min(...spans.map(({ startTime }) => startTime));
const endOf = ({ startTime, duration }: JaegerSpan): number => startTime + duration;
const sumOf = (spans: readonly JaegerSpan[], key: string): number =>
  spans.reduce((sum, span) => sum + Number(tagOf(span, key)), 0);

describe.skipIf(missing.length > 0)(
  `a real model in a worker into Jaeger${missing.length > 0 ? ` (skipped: ${missing.join("; ")})` : ""}`,
  () => {
    const scratch = mkdtempSync(join(tmpdir(), "wattspan-llama-"));
    let jaeger: Jaeger;
    let told: Told;
    let traces: readonly JaegerTrace[];
    let elapsedMs: number;

    beforeAll(async () => {
      jaeger = await startJaeger("path" in binary ? binary.path : "", scratch);
      const { folder, modelPath } = "folder" in llama ? llama : { folder: "", modelPath: "" };
      const startedMs = performance.now();
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(folder, "main.js"), modelPath, String(SEQUENCES), "--json"],
        {
          env: {
            ...process.env,
            CPU_WATTS: String(WATTS),
            WATTSPAN_METER: "model",
            ZONE: "FR",
            OTEL_SERVICE_NAME: "llama-worker",
            OTEL_EXPORTER_OTLP_ENDPOINT: new URL(jaeger.tracesEndpoint).origin,
          },
        },
      );
      elapsedMs = performance.now() - startedMs;
      told = JSON.parse(stdout) as Told;
      const found = await fetchTraces(jaeger.queryUrl, "?service=llama-worker&limit=100");
      traces = [...found].sort((a, b) => startOf(a) - startOf(b));
    });
    afterAll(async () => {
      await jaeger?.shutdown();
      rmSync(scratch, { recursive: true });
    });

    const completions = () => traces.slice(0, SEQUENCES);
    const turns = () => traces.slice(SEQUENCES, -1);
    const phases = () => traces.flatMap((trace) => withTag(trace, "footprint.inference.phase"));

    it("puts joules and grams on prefill, decode and request, labelled as a model's", () => {
      expect(completions()).toHaveLength(SEQUENCES);
      for (const trace of [...completions(), ...turns()]) {
        const charged = [phaseOf(trace, "prefill"), phaseOf(trace, "decode")] as JaegerSpan[];
        for (const span of charged) {
          expect(tagOf(span, "footprint.energy.total")).toBeGreaterThan(0);
          expect(tagOf(span, "footprint.carbon.total")).toBeGreaterThan(0);
          expect(tagOf(span, "footprint.measurement.status")).toBe("estimated");
        }
        const [request, ...others] = withTag(trace, "footprint.request.energy");
        expect(others).toEqual([]);
        expect(request?.operationName).toMatch(/^text_completion /);
        for (const what of ["energy", "carbon"]) {
          expect(tagOf(request, `footprint.request.${what}`)).toBeCloseTo(
            sumOf(charged, `footprint.${what}.total`),
            9,
          );
        }
      }
    });

    it("tells prefill from decode, with the tokens that the library's meters counted", () => {
      const counted = completions().map((trace) => [
        tokensOf(phaseOf(trace, "prefill")),
        tokensOf(phaseOf(trace, "decode")),
      ]);
      // The last prompt token is what the first output is sampled from: the meters book it as output.
      const expected = told.completions.map(({ usedInputTokens, usedOutputTokens }) => [
        usedInputTokens + 1,
        usedOutputTokens - 1,
      ]);
      expect([...counted].sort()).toEqual([...expected].sort());
      // The model puts a token of its own before the prompt.
      expect(told.completions.map(({ usedInputTokens }) => usedInputTokens)).toEqual(
        told.completions.map(({ promptTokens }) => promptTokens),
      );
    });

    it("decodes all of them in the same batches", () => {
      const decodes = completions().map((trace) => phaseOf(trace, "decode") as JaegerSpan);
      const latestStart = Math.max(...decodes.map(({ startTime }) => startTime));
      expect(latestStart).toBeLessThan(Math.min(...decodes.map(endOf)));
      for (const trace of completions()) {
        const gapUs =
          (phaseOf(trace, "decode")?.startTime ?? Number.NaN) -
          endOf(phaseOf(trace, "prefill") as JaegerSpan);
        // Jaeger cuts starts and durations to whole microseconds.
        expect([0, 1]).toContain(gapUs);
      }
    });

    it("does not charge a second turn for what the cache still holds", () => {
      expect(turns().length).toBeGreaterThanOrEqual(2);
      const [first, second] = [turns()[0], turns().at(-1)].map((trace) =>
        Number(tokensOf(trace && phaseOf(trace, "prefill"))),
      );
      expect(second).toBeGreaterThan(0);
      // The whole history would be the first turn, its answer and the second question.
      expect(second).toBeLessThan((first ?? 0) + 12);
    });

    it("knows an embedding for a prefill alone", () => {
      const { dimensions, tokens } = told.embedding;
      expect(dimensions).toBe(640);
      const spans = withTag(traces.at(-1) as JaegerTrace, "footprint.inference.phase");
      expect(spans.map((span) => tagOf(span, "footprint.inference.phase"))).toEqual(["prefill"]);
      // With the tokens that the model puts around a text.
      expect(Number(tokensOf(spans[0])) - tokens).toBeGreaterThanOrEqual(0);
      expect(Number(tokensOf(spans[0])) - tokens).toBeLessThanOrEqual(2);
    });

    it("charges what the meter saw, not that times the requests that shared it", () => {
      expect(told.balances).toHaveLength(1);
      const [balance] = told.balances as [DeviceBalance];
      const unattributed = Object.values(balance.unattributed).reduce((sum, one) => sum + one, 0);
      const { meteredJoules, attributedJoules, idleOpenJoules, idleEmptyJoules } = balance;
      const parts = attributedJoules + idleOpenJoules + idleEmptyJoules + unattributed;
      expect(balance.isModelled).toBe(true);
      expect(Math.abs(parts / meteredJoules - 1)).toBeLessThan(1e-9);
      const charged = sumOf(phases(), "footprint.energy.total");
      expect(Math.abs(charged / attributedJoules - 1)).toBeLessThan(1e-9);
      // No device draws more than its highest power while the process lives; a sum over windows would have said so.
      expect(meteredJoules).toBeLessThan((WATTS * elapsedMs) / 1000);
      const decodes = completions().map((trace) => phaseOf(trace, "decode") as JaegerSpan);
      const windowsUs = decodes.reduce((sum, { duration }) => sum + duration, 0);
      const unionUs =
        Math.max(...decodes.map(endOf)) - Math.min(...decodes.map(({ startTime }) => startTime));
      expect(windowsUs).toBeGreaterThan(2 * unionUs);
      expect(sumOf(decodes, "footprint.energy.total")).toBeLessThan((WATTS * unionUs) / 1e6);
    });
  },
);
