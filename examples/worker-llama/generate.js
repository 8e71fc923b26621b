import { availableParallelism } from "node:os";
import { traceEmbeddingContext, traceSequence } from "@wattspan/instrumentation/node-llama-cpp";
import { getLlama, LlamaChatSession, LlamaCompletion } from "node-llama-cpp";

/**
 * Loads a GGUF model on the CPU with so many sequences, which share batches and are all traced, and gives what `use`
 * makes of them.
 */
export async function withWorker({ modelPath, sequences, devices, model: name, threads }, use) {
  // Threads that wait for each other spin, so one processor is left for everything else.
  const maxThreads = threads ?? Math.max(1, availableParallelism() - 1);
  const llama = await getLlama({ gpu: false, build: "never", logLevel: "error", maxThreads });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ sequences, contextSize: 1024, batchSize: 512 });
  const traced = Array.from({ length: sequences }, () => {
    const sequence = context.getSequence();
    traceSequence(sequence, { model: name, devices, provider: "llama_cpp" });
    return sequence;
  });
  try {
    return await use({ model, sequences: traced, devices, name });
  } finally {
    await context.dispose();
    await model.dispose();
    await llama.dispose();
  }
}

/** Completes one prompt on each sequence, all at the same time; tokens are those that the library counted. */
export function completeAll({ model, sequences }, prompts, maxTokens) {
  return Promise.all(
    sequences.map(async (contextSequence, i) => {
      const prompt = prompts[i % prompts.length];
      const before = contextSequence.tokenMeter.getState();
      const completion = new LlamaCompletion({ contextSequence });
      const answer = await completion.generateCompletion(prompt, {
        maxTokens,
        temperature: 0.8,
        seed: i + 1,
      });
      const { usedInputTokens, usedOutputTokens } = contextSequence.tokenMeter.diff(before);
      const promptTokens = model.tokenize(prompt).length;
      return { prompt, answer, promptTokens, usedInputTokens, usedOutputTokens };
    }),
  );
}

/** The turns of a chat on one sequence; each later one finds the earlier in the cache. */
export async function chat({ sequences: [contextSequence] }, questions, maxTokens) {
  await contextSequence.clearHistory();
  const session = new LlamaChatSession({ contextSequence });
  const answers = [];
  for (const question of questions) answers.push(await session.prompt(question, { maxTokens }));
  return answers;
}

/** The embedding of a text, as numbers. */
export async function embed({ model, devices, name }, text) {
  const embedding = await model.createEmbeddingContext({ contextSize: 256 });
  traceEmbeddingContext(embedding, { model: name, devices, provider: "llama_cpp" });
  const { vector } = await embedding.getEmbeddingFor(text);
  await embedding.dispose();
  return { dimensions: vector.length, tokens: model.tokenize(text).length };
}
