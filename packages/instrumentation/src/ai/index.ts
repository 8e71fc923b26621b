/** Traces models of the Vercel AI SDK as their provider's caller. */
export { footprintEmbeddingMiddleware } from "./footprint-embedding-middleware.ts";
export { type FootprintMiddlewareOptions, footprintMiddleware } from "./footprint-middleware.ts";
