import { context, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startInference } from "./start-inference.ts";
import { startTelemetry } from "./telemetry.test.fixture.ts";
import { traceStream } from "./trace-stream.ts";

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3));

async function* generate<T>(chunks: readonly T[], error?: Error): AsyncGenerator<T> {
  for (const chunk of chunks) {
    await pause();
    yield chunk;
  }
  if (error !== undefined) throw error;
}

async function collect<T>(stream: AsyncIterable<T>, most = Infinity): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    if (chunks.length >= most) break;
  }
  return chunks;
}

const readable = <T>(source: AsyncGenerator<T>): ReadableStream<T> =>
  new ReadableStream<T>({
    async pull(controller) {
      const step = await source.next();
      if (step.done === true) controller.close();
      else controller.enqueue(step.value);
    },
    cancel: async () => {
      await source.return(undefined);
    },
  });

describe("traceStream", () => {
  let telemetry: ReturnType<typeof startTelemetry>;
  beforeEach(() => {
    telemetry = startTelemetry();
  });
  afterEach(() => telemetry.stop());

  it("finds the phases of token ids, and hands them on", async () => {
    const stream = traceStream(generate([5, [6, 7], 8]), { model: "m", inputTokens: 9 });
    expect(await collect(stream)).toEqual([5, [6, 7], 8]);
    expect(telemetry.spans()).toMatchObject([
      { name: "prefill m", attributes: { "footprint.inference.processed_tokens": 9 } },
      { name: "decode m", attributes: { "footprint.inference.processed_tokens": 3 } },
      { name: "chat m", attributes: { "gen_ai.request.stream": true } },
    ]);
    const [prefill, decode] = telemetry.phases();
    expect(prefill?.endMs).toBe(decode?.startMs);
  });

  it("counts no tokens of text, and skips what is no output", async () => {
    await collect(traceStream(generate(["", "Hel", "lo"])));
    const [prefill, decode] = telemetry.phases();
    expect(prefill?.attributes["footprint.inference.phase"]).toBe("prefill");
    expect(decode?.attributes).not.toHaveProperty("footprint.inference.processed_tokens");
  });

  it("wraps a ReadableStream", async () => {
    const stream = traceStream(readable(generate([1, 2, 3])));
    expect(await collect(stream)).toEqual([1, 2, 3]);
    expect(telemetry.phases().at(-1)?.attributes["footprint.inference.processed_tokens"]).toBe(2);
  });

  it.each([
    { shape: "iterable", of: (chunks: AsyncGenerator<number>) => traceStream(chunks) },
    {
      shape: "ReadableStream",
      of: (chunks: AsyncGenerator<number>) => traceStream(readable(chunks)),
    },
  ])("ends the spans of an $shape that its reader leaves", async ({ of }) => {
    const source = generate([1, 2, 3, 4]);
    expect(await collect(of(source) as AsyncIterable<number>, 2)).toEqual([1, 2]);
    expect((await source.next()).done).toBe(true);
    expect(telemetry.spans()).toMatchObject([
      { name: "prefill" },
      { name: "decode", isError: false, attributes: { "footprint.inference.processed_tokens": 1 } },
      { name: "chat", isError: false },
    ]);
  });

  it.each([
    { shape: "iterable", of: (chunks: AsyncGenerator<number>) => traceStream(chunks) },
    {
      shape: "ReadableStream",
      of: (chunks: AsyncGenerator<number>) => traceStream(readable(chunks)),
    },
  ])("ends the spans of an $shape that fails, and passes the error on", async ({ of }) => {
    const error = new DOMException("stopped", "AbortError");
    const stream = of(generate([1, 2], error as unknown as Error));
    await expect(collect(stream as AsyncIterable<number>)).rejects.toBe(error);
    expect(telemetry.spans()).toMatchObject([
      { name: "prefill", isError: false },
      { name: "decode", isError: true },
      { name: "chat", isError: true, attributes: { "error.type": "AbortError" } },
    ]);
  });

  it("is not harmed by a reader of chunks that throws", async () => {
    const read = (): never => {
      throw new Error("bad reader");
    };
    expect(await collect(traceStream(generate([1, 2]), { read }))).toEqual([1, 2]);
    expect(telemetry.phases().map(({ name }) => name)).toEqual(["mixed"]);
  });

  it("runs the source in the request's context, and continues a request begun before", async () => {
    const inference = startInference({ model: "begun" });
    const seen: (string | undefined)[] = [];
    async function* source(): AsyncGenerator<number> {
      seen.push(trace.getSpanContext(context.active())?.spanId);
      yield 1;
    }
    await collect(traceStream(source(), { inference }));
    expect(telemetry.spans().at(-1)).toMatchObject({ name: "chat begun", id: seen[0] });
  });
});

it("gives the stream itself back without an SDK", () => {
  const stream = generate([1]);
  expect(traceStream(stream)).toBe(stream);
});
