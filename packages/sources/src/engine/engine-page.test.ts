import type { EngineCount } from "@wattspan/footprint";
import { afterEach, expect, it } from "vitest";
import { serveText, type TextServer } from "../power/serve-text.test.fixture.ts";
import { createEnginePage } from "./engine-page.ts";

const PAGE = `# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="llama"} 3.0
vllm:prompt_tokens_by_source_total{engine="0",model_name="llama",source="local_compute"} 900.0
vllm:prompt_tokens_by_source_total{engine="0",model_name="llama",source="local_cache_hit"} 600.0
vllm:generation_tokens_total{engine="0",model_name="llama"} 81.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="llama"} 1.0
process_resident_memory_bytes 9.7e+08
`;

let server: TextServer | undefined;
afterEach(() => server?.close());

it("gives what an engine counted, where it is said to run", async () => {
  let answer: string | number = PAGE;
  server = await serveText(() => answer);
  const counts: EngineCount[] = [];
  const events: string[] = [];
  const page = createEnginePage({
    endpoint: `${server.url}/metrics`,
    node: "node-a",
    devices: ["GPU-1"],
    pool: "chat",
    now: () => ({ epoch: 30_000_000, ns: 7 }),
  });
  page.start({
    onCounts: (given) => counts.push(...given),
    onLost: (reason) => events.push(reason.replace(server?.url ?? "", "")),
    onFound: () => events.push("found"),
  });
  await page.flush();
  expect(server.targets).toEqual(["/metrics"]);
  expect(counts).toMatchObject([
    {
      at: { epoch: 30_000_000, ns: 7 },
      model: "llama",
      pool: "chat",
      prefillTokens: 900,
      decodeTokens: 80,
      running: 3,
      deviceIds: ["GPU-1"],
    },
  ]);
  expect(counts[0]?.worker.get("k8s.node.name")).toBe("node-a");
  answer = "up 1\n";
  await page.flush();
  answer = 503;
  await page.flush();
  expect(events).toEqual([
    "found",
    "/metrics: it has no counters of vLLM or SGLang: running requests and tokens of both kinds",
    "/metrics: it answers 503",
  ]);
  await page.shutdown();
  await page.shutdown();
  const asked = server.targets.length;
  await page.flush();
  expect(server.targets.length).toBe(asked);
});

it("asks each engine at its own address", async () => {
  server = await serveText(() => PAGE);
  const counts: EngineCount[] = [];
  const pages = ["one", "two"].map((name) =>
    createEnginePage({ endpoint: `${server?.url}/${name}`, name }),
  );
  const sink = {
    onCounts: (given: readonly EngineCount[]) => counts.push(...given),
    onLost: () => undefined,
    onFound: () => undefined,
  };
  for (const page of pages) page.start(sink);
  await Promise.all(pages.map((page) => page.flush()));
  await Promise.all(pages.map((page) => page.shutdown()));
  expect(pages.map(({ name }) => name)).toEqual(["one", "two"]);
  expect([...new Set(server.targets)].sort()).toEqual(["/one", "/two"]);
  expect(new Set(counts.map(({ source }) => source)).size).toBe(2);
});
