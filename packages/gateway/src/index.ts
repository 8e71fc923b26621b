/** Adds footprints between processes: OTLP in, OTLP out. */
export type { FleetFigure, FleetTokens } from "./device/fleet-figures.ts";
export type { SeenFractions } from "./device/sampling.ts";
export {
  type Gateway,
  type GatewayOptions,
  type ReceiverAddresses,
  type ReceiverOptions,
  startGateway,
} from "./gateway.ts";
export type { KafkaOptions, KafkaRole, KafkaTopics } from "./kafka/kafka-options.ts";
export { createLog, type Log, type LogFields, type LogLevel, type LogOptions } from "./log.ts";
export {
  createPipeline,
  type Emit,
  type Pipeline,
  type PipelineJournal,
  type PipelineObserver,
} from "./pipeline.ts";
export type {
  AttributeLevel,
  NodeDevice,
  NodeOptions,
  PipelineOptions,
  Price,
  SamplingOptions,
  WorkerRow,
} from "./pipeline-options.ts";
export type { Accept, Signal, Verdict } from "./receive/accept.ts";
export type { Endpoint } from "./receive/bind-server.ts";
export { createGrpcReceiver, type GrpcReceiver } from "./receive/grpc.ts";
export { createHttpReceiver, type HttpReceiver } from "./receive/http.ts";
export type { ListenOptions, ServerTls } from "./receive/listen-options.ts";
export type { ExporterSettings } from "./send/exporter-options.ts";
export {
  createOtlpHttpExporter,
  type OtlpHttpExporter,
  type OtlpHttpExporterOptions,
} from "./send/otlp-http.ts";
export type { ClientTls } from "./send/tls-options.ts";
export type { SitesOptions } from "./sites/start-sites.ts";
export type { SpoolSettings } from "./spool/spool.ts";
export {
  type DeviceSummary,
  mergeSummaries,
  type PhaseSummary,
  type RequestSummary,
  type Summary,
  type TracedSummary,
} from "./summarize.ts";
export { createTelemetry, type Telemetry } from "./telemetry.ts";
export { MAX_DIMENSION_KEYS } from "./trace/note-dimensions.ts";
export type { Fleet } from "./trace/placement-history.ts";
export { placementProblems } from "./trace/placement-problems.ts";
export type { DeviceIdle, PlacementReport, UnplacedWorker } from "./trace/report-placement.ts";
