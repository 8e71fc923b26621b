// Names that belong to others, copied as literals: unstable conventions are not to be imported at
// run time. Sources: open-telemetry/semantic-conventions 1.44.0 (error, server, hw, k8s, host, service),
// open-telemetry/semantic-conventions-genai (gen_ai), and what vLLM, SGLang and TensorRT-LLM send
// (gen_ai.latency, gen_ai.request.id and the older gen_ai.usage names).

/** The operation that a GenAI span stands for. */
export const ATTR_GEN_AI_OPERATION_NAME = "gen_ai.operation.name" as const;
/** Identifier of the request in the engine. */
export const ATTR_GEN_AI_REQUEST_ID = "gen_ai.request.id" as const;
/** Name of the model a request is made to. */
export const ATTR_GEN_AI_REQUEST_MODEL = "gen_ai.request.model" as const;
/** Name of the model that answered. */
export const ATTR_GEN_AI_RESPONSE_MODEL = "gen_ai.response.model" as const;

/** Who offers the model, as the instrumentation knows it. */
export const ATTR_GEN_AI_PROVIDER_NAME = "gen_ai.provider.name" as const;
/** Whether the answer was asked for as a stream. */
export const ATTR_GEN_AI_REQUEST_STREAM = "gen_ai.request.stream" as const;
/** Identifier of the answer. */
export const ATTR_GEN_AI_RESPONSE_ID = "gen_ai.response.id" as const;
/** Why the model stopped, one entry for each choice. */
export const ATTR_GEN_AI_RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons" as const;
/** Request to first chunk as the client saw it, in seconds. */
export const ATTR_GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK =
  "gen_ai.response.time_to_first_chunk" as const;

/** Prompt tokens, cached ones included. */
export const ATTR_GEN_AI_USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens" as const;
/** Generated tokens. */
export const ATTR_GEN_AI_USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens" as const;
/** Prompt tokens served from a cache. */
export const ATTR_GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS =
  "gen_ai.usage.cache_read.input_tokens" as const;
/** Older name of the prompt tokens. */
export const ATTR_GEN_AI_USAGE_PROMPT_TOKENS = "gen_ai.usage.prompt_tokens" as const;
/** Older name of the generated tokens. */
export const ATTR_GEN_AI_USAGE_COMPLETION_TOKENS = "gen_ai.usage.completion_tokens" as const;
/** Prompt tokens served from a cache, as SGLang names them. */
export const ATTR_GEN_AI_USAGE_CACHED_TOKENS = "gen_ai.usage.cached_tokens" as const;

/** Whole request, in seconds. */
export const ATTR_GEN_AI_LATENCY_E2E = "gen_ai.latency.e2e" as const;
/** Arrival to first token, in seconds. */
export const ATTR_GEN_AI_LATENCY_TIME_TO_FIRST_TOKEN =
  "gen_ai.latency.time_to_first_token" as const;
/** Waiting before the first engine step, in seconds. */
export const ATTR_GEN_AI_LATENCY_TIME_IN_QUEUE = "gen_ai.latency.time_in_queue" as const;
/** Prefill, in seconds; SGLang's value includes queueing. */
export const ATTR_GEN_AI_LATENCY_TIME_IN_MODEL_PREFILL =
  "gen_ai.latency.time_in_model_prefill" as const;
/** Decode, in seconds. */
export const ATTR_GEN_AI_LATENCY_TIME_IN_MODEL_DECODE =
  "gen_ai.latency.time_in_model_decode" as const;
/** Prefill and decode, in seconds. */
export const ATTR_GEN_AI_LATENCY_TIME_IN_MODEL_INFERENCE =
  "gen_ai.latency.time_in_model_inference" as const;
/** KV cache transfer, in seconds; from TensorRT-LLM. */
export const ATTR_GEN_AI_LATENCY_KV_CACHE_TRANSFER_TIME =
  "gen_ai.latency.kv_cache_transfer_time" as const;

/** Class of the error that ended an operation. */
export const ATTR_ERROR_TYPE = "error.type" as const;
/** Host that a client called. */
export const ATTR_SERVER_ADDRESS = "server.address" as const;
/** Port that a client called. */
export const ATTR_SERVER_PORT = "server.port" as const;

/** Identifier of a hardware component. */
export const ATTR_HW_ID = "hw.id" as const;
/** Model of a hardware component. */
export const ATTR_HW_MODEL = "hw.model" as const;
/** Name of a hardware component. */
export const ATTR_HW_NAME = "hw.name" as const;
/** Type of a hardware component, e.g. `gpu`. */
export const ATTR_HW_TYPE = "hw.type" as const;
/** Energy used by a component, a counter in joules. */
export const METRIC_HW_ENERGY = "hw.energy" as const;
/** Power drawn by a component, a gauge in watts. */
export const METRIC_HW_POWER = "hw.power" as const;

/** Identifier of the host. */
export const ATTR_HOST_ID = "host.id" as const;
/** Name of the host. */
export const ATTR_HOST_NAME = "host.name" as const;
/** Name of the Kubernetes node. */
export const ATTR_K8S_NODE_NAME = "k8s.node.name" as const;
/** Identifier of the Kubernetes node. */
export const ATTR_K8S_NODE_UID = "k8s.node.uid" as const;
/** Name of the Kubernetes pod. */
export const ATTR_K8S_POD_NAME = "k8s.pod.name" as const;
/** Identifier of one instance of a service. */
export const ATTR_SERVICE_INSTANCE_ID = "service.instance.id" as const;
/** Name of a service. */
export const ATTR_SERVICE_NAME = "service.name" as const;
