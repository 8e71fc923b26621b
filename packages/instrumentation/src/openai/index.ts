/** Traces the official `openai` client as its server's caller. */
export { type OpenAIClient, traceOpenAI } from "./trace-openai.ts";
