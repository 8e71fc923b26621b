import { describe, expect, it } from "vitest";
import type { EngineSample } from "./engine-count.ts";
import { isEngineMetric, readEngineCounts } from "./read-engine-counts.ts";

const AT = { epoch: 30_000_000, ns: 5 };

/** Samples in Prometheus' own words: `name{key="value"} 1`. */
function samplesOf(page: string): EngineSample[] {
  return page
    .trim()
    .split("\n")
    .map((line) => {
      const [, name = "", labels = "", value = ""] = /^\s*([\w:]+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(
        ([, key = "", text = ""]): [string, string] => [key, text],
      );
      const map = new Map(pairs);
      return { name, value: Number(value), label: (key) => map.get(key), labels: pairs };
    });
}

const countsOf = (page: string) => readEngineCounts(samplesOf(page), AT);

describe("vLLM", () => {
  // As vLLM 0.31 behind Dynamo 1.6.1 was recorded.
  const worker = (role: string, id: string, [local, remote, output, first]: readonly number[]) => `
    vllm:num_requests_running{dynamo_component="${role}",engine="0",model_name="tiny",worker_id="${id}"} 2.0
    vllm:num_requests_waiting{dynamo_component="${role}",engine="0",model_name="tiny",worker_id="${id}"} 7.0
    vllm:prompt_tokens_total{dynamo_component="${role}",engine="0",model_name="tiny",worker_id="${id}"} 1504.0
    vllm:prompt_tokens_by_source_total{dynamo_component="${role}",engine="0",model_name="tiny",source="local_compute",worker_id="${id}"} ${local}
    vllm:prompt_tokens_by_source_total{dynamo_component="${role}",engine="0",model_name="tiny",source="external_kv_transfer",worker_id="${id}"} ${remote}
    vllm:prompt_tokens_cached_total{dynamo_component="${role}",engine="0",model_name="tiny",worker_id="${id}"} ${remote}
    vllm:generation_tokens_total{dynamo_component="${role}",engine="0",model_name="tiny",worker_id="${id}"} ${output}
    vllm:time_to_first_token_seconds_count{dynamo_component="${role}",engine="0",model_name="tiny",worker_id="${id}"} ${first}`;

  it("has computed the prompt on the prefill worker, and the outputs on the decode worker", () => {
    const prefill = worker("prefill", "37b8f0e5cae598a8", [1504, 0, 8, 8]);
    const decode = worker("backend", "24e41fe3ca56c7ff", [0, 1504, 216, 8]);
    const counts = countsOf(prefill + decode);
    expect(counts).toMatchObject([
      { pool: "prefill", model: "tiny", prefillTokens: 1504, decodeTokens: 0, running: 2, at: AT },
      { pool: "backend", model: "tiny", prefillTokens: 0, decodeTokens: 208, running: 2 },
    ]);
    expect(new Set(counts.map(({ source }) => source)).size).toBe(2);
    // Spans call the same worker by the decimal number.
    expect(counts[0]?.worker.get("instance_id")).toBe("4015223937543018664");
    expect(counts[0]?.worker.get("dp_rank")).toBe("0");
  });

  it("does without what older versions and OTLP metrics lack", () => {
    const [count] = countsOf(`
      vllm:num_requests_running{engine="1",model_name="m"} 1
      vllm:prompt_tokens{engine="1",model_name="m"} 500
      vllm:prompt_tokens_cached{engine="1",model_name="m"} 120
      vllm:generation_tokens{engine="1",model_name="m"} 40
      vllm:request_success{engine="1",finished_reason="stop",model_name="m"} 2
      vllm:request_success{engine="1",finished_reason="length",model_name="m"} 1`);
    expect(count).toMatchObject({ prefillTokens: 380, decodeTokens: 37 });
  });
});

describe("SGLang", () => {
  it("leaves cached prompts out, and takes one of the ranks that compute together", () => {
    const rank = (tp: number, dp: number, [compute, cache, decode]: readonly number[]): string => `
      sglang:num_running_reqs{dp_rank="${dp}",engine_type="unified",model_name="glm",tp_rank="${tp}"} 3
      sglang:realtime_tokens_total{dp_rank="${dp}",engine_type="unified",mode="prefill_compute",model_name="glm",tp_rank="${tp}"} ${compute}
      sglang:realtime_tokens_total{dp_rank="${dp}",engine_type="unified",mode="prefill_cache",model_name="glm",tp_rank="${tp}"} ${cache}
      sglang:realtime_tokens_total{dp_rank="${dp}",engine_type="unified",mode="decode",model_name="glm",tp_rank="${tp}"} ${decode}`;
    const counts = countsOf(
      rank(0, 0, [100, 900, 50]) + rank(1, 0, [100, 900, 52]) + rank(2, 1, [200, 800, 70]),
    );
    expect(counts).toMatchObject([
      { pool: "unified", prefillTokens: 100, decodeTokens: 52, running: 3 },
      { prefillTokens: 200, decodeTokens: 70, running: 3 },
    ]);
    expect(counts.map(({ worker }) => worker.get("dp_rank"))).toEqual(["0", "1"]);
  });
});

it("gives no count where an engine does not tell of all three", () => {
  // Dynamo's mocker tells how many requests run, and of no token.
  expect(countsOf('vllm:num_requests_running{engine="0"} 1')).toEqual([]);
  expect(countsOf('other_metric{engine="0"} 1')).toEqual([]);
  expect(countsOf('vllm:generation_tokens_total{engine="0"} NaN')).toEqual([]);
});

it("knows its metrics with and without the suffix that Prometheus wants", () => {
  expect(isEngineMetric("vllm:generation_tokens_total")).toBe(true);
  expect(isEngineMetric("vllm:generation_tokens")).toBe(true);
  expect(isEngineMetric("vllm:generation_tokens_created")).toBe(false);
});
