/** Twelve attributes such as a serving stack gives its spans. */
export function spanAttributes(i: number): Readonly<Record<string, string | number | boolean>> {
  return {
    "request.id": `5f0c8d1e-2b7a-4c3d-9e8f-${String(i).padStart(12, "0")}`,
    "gen_ai.request.model": "Llama-3.3-70B-Instruct",
    "gen_ai.usage.input_tokens": 1200 + i,
    "gen_ai.usage.output_tokens": 300 + i,
    "gen_ai.request.temperature": 0.75,
    "worker.id": `worker-${i % 8}`,
    "http.route": "/v1/completions",
    "gen_ai.request.stream": true,
    "queue.depth": i % 40,
    "code.file.path": "src/pipeline.rs",
    "thread.name": `tokio-rt-${i % 4}`,
    busy_ns: 184_000 + i,
  };
}
