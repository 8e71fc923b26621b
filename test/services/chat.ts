/** A question to an OpenAI-compatible server. */
export interface Chat {
  readonly model: string;
  readonly text: string;
  readonly maxTokens: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the server said of its answer; the ids are those of Dynamo's workers, prefill and decode. */
export interface ChatAnswer {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly workerIds: readonly string[];
}

/** Sends a streaming chat completion and reads it to its end; throws where the server refuses. */
export async function sendChat(baseUrl: string, chat: Chat): Promise<ChatAnswer> {
  const answer = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...chat.headers },
    body: JSON.stringify({
      model: chat.model,
      messages: [{ role: "user", content: chat.text }],
      max_tokens: chat.maxTokens,
      ignore_eos: true,
      stream: true,
      stream_options: { include_usage: true },
      nvext: { extra_fields: ["worker_id"] },
    }),
    signal: AbortSignal.timeout(30_000),
  });
  const events = await answer.text();
  const tokens = (kind: string): number =>
    Number(events.match(new RegExp(`"${kind}_tokens":\\s*(\\d+)`))?.[1] ?? Number.NaN);
  if (!answer.ok || !events.includes("[DONE]")) throw new Error(`${answer.status} ${events}`);
  return {
    promptTokens: tokens("prompt"),
    completionTokens: tokens("completion"),
    // Read as text: the ids are greater than a number holds.
    workerIds: [...events.matchAll(/"(?:prefill|decode)_worker_id":\s*(\d+)/g)].map(
      ([, id]) => id ?? "",
    ),
  };
}
