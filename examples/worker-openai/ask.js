import { traceOpenAI } from "@wattspan/instrumentation/openai";
import OpenAI from "openai";

/**
 * Asks an OpenAI-compatible server, streamed. `devices` are the accelerators of a server on this machine; leave them out
 * where the server is elsewhere or tells its own phases.
 */
export async function ask({ baseURL, model, question, maxTokens = 64, devices, apiKey = "none" }) {
  const client = traceOpenAI(new OpenAI({ baseURL, apiKey }), { devices });
  const stream = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: question }],
    max_tokens: maxTokens,
    stream: true,
    stream_options: { include_usage: true },
    // Dynamo tells how long its phases took; other servers do not know the field.
    ...(process.env.DYNAMO ? { nvext: { extra_fields: ["timing"] } } : {}),
  });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  return text;
}
