import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { addNs, deviceKey, instantOfMs } from "@wattspan/footprint";
import { createLog, createPipeline, createTelemetry } from "@wattspan/gateway";
import { expect, it } from "vitest";
import { fileConfig } from "./config/config.ts";
import { resolvePipeline } from "./config/resolve-pipeline.ts";
import { startEngines } from "./start-engines.ts";

it("brings what a configured engine counts into the pipeline, and says when it stops", async () => {
  let tokens = 0;
  let isDown = false;
  const server = createServer((_, response) => {
    tokens += 100;
    if (isDown) response.writeHead(503).end();
    else {
      response.end(`vllm:num_requests_running{model_name="llama"} 1
vllm:prompt_tokens_total{model_name="llama"} ${tokens}
vllm:prompt_tokens_cached_total{model_name="llama"} 0
vllm:generation_tokens_total{model_name="llama"} 0
`);
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  const config = fileConfig.parse({
    nodes: [{ name: "node-a", devices: [{ id: "GPU-a", idle_watts: 70, max_watts: 700 }] }],
    engines: [{ endpoint, name: "llama", node: "node-a", interval: "1h" }],
  });
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line.slice(25)), intervalMs: 0 });
  const telemetry = createTelemetry();
  const pipeline = createPipeline(resolvePipeline(config), () => true, Date.now);
  const beganMs = Date.now();
  const engines = startEngines(config, pipeline.addCounts, log, telemetry);
  await engines.flush();
  await new Promise((resolve) => setTimeout(resolve, 30));
  await engines.flush();
  const device = deviceKey("node-a", "GPU-a");
  const from = addNs(instantOfMs(beganMs), -1e9);
  for (const [seconds, value] of [
    [0, 0],
    [3, 810],
  ] as const) {
    pipeline.addReadings([{ device, kind: "counter", value, at: addNs(from, seconds * 1e9) }]);
  }
  const [figure] = pipeline.fleet();
  expect(figure).toMatchObject({ model: "llama", decode: { tokens: 0 } });
  expect(figure?.prefill.tokens).toBeCloseTo(100, 6);
  // 600 J above idle in three seconds.
  expect(figure?.prefill.joules).toBeGreaterThan(0);
  expect(figure?.prefill.joules).toBeLessThanOrEqual(600);
  isDown = true;
  await engines.flush();
  await engines.flush();
  isDown = false;
  await engines.flush();
  await engines.shutdown();
  expect(lines).toEqual([
    `WARN an engine gives no counts about=llama reason="${endpoint}: it answers 503"\n`,
    "INFO an engine gives counts again about=llama failures=2\n",
  ]);
  expect(await telemetry.render()).toContain('wattspan_engine_failures_total{engine="llama"} 2');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
