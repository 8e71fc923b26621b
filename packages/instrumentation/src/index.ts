/** Marks prefill and decode in an inference worker. */
export {};
