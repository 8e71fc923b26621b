// Loaded before Wattspan: a host that sets up its own provider.
const { trace } = require("@opentelemetry/api");
const { SimpleSpanProcessor, TracerProvider } = require("@opentelemetry/sdk-trace");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-proto");

const exporter = new OTLPTraceExporter();
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
);
