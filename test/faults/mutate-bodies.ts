import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { otlpType } from "../conformance/otlp-proto.ts";
import { createRandom } from "../random.ts";
import { type Draft, mutate, seedBodies } from "./mutate.ts";
import { startRecordingBackend } from "./record-backend.ts";
import { freePorts, startGatewayProcess } from "./start-gateway-process.ts";
import { until } from "./until.ts";

/** What came of broken requests. */
export interface MutationReport {
  readonly bodies: number;
  /** Answers by transport and status. */
  readonly answers: Readonly<Record<string, number>>;
  /** Answers that are none of OTLP's for this, or that take what an independent reader cannot read. */
  readonly wrongAnswers: number;
  readonly firstWrong: readonly string[];
  /** Good requests in between that were not taken. */
  readonly refusedGood: number;
  /** Requests that the gateway itself counts as failed. */
  readonly failed: number;
  readonly isAlive: boolean;
}

/** Whether nothing crashed and every answer was right. */
export function isMutationGood(report: MutationReport): boolean {
  return (
    report.isAlive && report.wrongAnswers === 0 && report.refusedGood === 0 && report.failed === 0
  );
}

const AT_A_TIME = 16;
/** A request as it is, that has to be taken, after so many broken ones. */
const GOOD_EVERY = 100;
const HTTP_STATUSES: ReadonlySet<number> = new Set([200, 400, 413]);
/** OK, INVALID_ARGUMENT and RESOURCE_EXHAUSTED; INTERNAL, and UNIMPLEMENTED for no message at all, are for broken frames. */
const GRPC_STATUSES: ReadonlySet<number> = new Set([0, 3, 8, 12, 13]);

/** Sends `count` requests with bytes changed at places of chance to a gateway in a process of its own. */
export async function mutateBodies(count: number, seed: number): Promise<MutationReport> {
  const folder = mkdtempSync(join(tmpdir(), "wattspan-mutate-"));
  const backend = await startRecordingBackend();
  backend.answer = () => ({ status: 200 });
  const ports = await freePorts();
  const gateway = startGatewayProcess(folder, ports, {
    exporters: { backend: { endpoint: "http://127.0.0.1:9", timeout: "1s" } },
    join: { linger: "1s", hold: "2s", max_phase: "5s", keep: "8s", export_delay: "0s" },
    spool: { directory: join(folder, "spool"), sync: "system", max_age: "2s" },
    redact: ["gen_ai.input.messages", "step.number"],
    metrics: { interval: "1h" },
    log: { level: "error" },
  });
  let isAlive = true;
  void gateway.ended.then(() => {
    isAlive = false;
  });
  const seeds = seedBodies();
  const random = createRandom(seed);
  const answers: Record<string, number> = {};
  const firstWrong: string[] = [];
  let wrongAnswers = 0;
  let refusedGood = 0;
  let made = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
  const grpc = keptSession(ports.grpc);

  async function sendOne(): Promise<void> {
    const number = made++;
    const draft = seeds[Math.floor(random() * seeds.length)] as Draft;
    const isGood = number % GOOD_EVERY === 0;
    const body = isGood ? draft.body : mutate(draft.body, random);
    const { status, isWhole } = await (draft.way === "grpc"
      ? postGrpc(grpc(), draft, body)
      : postHttp(ports.http, agent, draft, body));
    const key = `${draft.way} ${status}`;
    answers[key] = (answers[key] ?? 0) + 1;
    if (isGood && !isTaken(draft, status)) refusedGood++;
    if (isRight(draft, body, status, isWhole)) return;
    wrongAnswers++;
    if (firstWrong.length < 5) firstWrong.push(`${key}: ${body.toString("base64").slice(0, 4000)}`);
  }

  try {
    await until(() => isListening(ports.http), 20_000);
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (made < count && isAlive) await sendOne();
      }),
    );
    const failed = isAlive ? await failedRequests(ports.admin) : Number.NaN;
    return { bodies: made, answers, wrongAnswers, firstWrong, refusedGood, failed, isAlive };
  } finally {
    grpc().destroy();
    agent.destroy();
    gateway.kill("SIGKILL");
    await gateway.ended;
    await backend.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function isTaken({ way }: Draft, status: number | undefined): boolean {
  return status === (way === "grpc" ? 0 : 200);
}

/** What is taken whole has to be readable for others too: JSON for JSON.parse, protobuf for protobufjs, gzip for zlib. */
function isRight(
  draft: Draft,
  body: Buffer,
  status: number | undefined,
  isWhole: boolean,
): boolean {
  const statuses = draft.way === "grpc" ? GRPC_STATUSES : HTTP_STATUSES;
  if (status === undefined || !statuses.has(status)) return false;
  if (!isTaken(draft, status) || !isWhole || body.length === 0) return true;
  const type =
    draft.signal === "traces" ? "ExportTraceServiceRequest" : "ExportMetricsServiceRequest";
  try {
    if (draft.way === "json") JSON.parse(body.toString());
    if (draft.way === "gzip") gunzipSync(body);
    // Metrics are passed on as they are where no meter is in them: their bytes are the backend's to judge.
    if (draft.way === "protobuf" && draft.signal === "traces") otlpType(type).decode(body);
    return true;
  } catch (error) {
    // Texts that are not UTF-8 pass as they are: they are the backend's to judge.
    return (error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA";
  }
}

/** `isWhole`: nothing of the request was left out, so far as the answer says. */
interface Answered {
  readonly status: number | undefined;
  readonly isWhole: boolean;
}

function postHttp(
  port: number,
  agent: Agent,
  { way, signal }: Draft,
  body: Buffer,
): Promise<Answered> {
  return new Promise((resolve) => {
    const request = httpRequest(
      {
        ...{ host: "127.0.0.1", port, agent, method: "POST", path: `/v1/${signal}` },
        headers: {
          "content-type": way === "json" ? "application/json" : "application/x-protobuf",
          "content-length": body.byteLength,
          ...(way === "gzip" ? { "content-encoding": "gzip" } : {}),
        },
      },
      (response) => {
        let answer = "";
        response.on("data", (chunk: Buffer) => {
          answer += chunk.toString("latin1");
        });
        response.once("end", () =>
          resolve({ status: response.statusCode, isWhole: answer === "" || answer === "{}" }),
        );
      },
    );
    request.once("error", () => resolve({ status: undefined, isWhole: false }));
    request.end(body);
  });
}

/** The session of now, opened anew where the one before was closed. */
function keptSession(port: number): () => ClientHttp2Session {
  let session: ClientHttp2Session | undefined;
  return () => {
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(`http://127.0.0.1:${port}`);
      session.on("error", () => undefined);
    }
    return session;
  };
}

function postGrpc(session: ClientHttp2Session, { signal }: Draft, body: Buffer): Promise<Answered> {
  const service = signal === "traces" ? "trace.v1.TraceService" : "metrics.v1.MetricsService";
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": `/opentelemetry.proto.collector.${service}/Export`,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let status: number | undefined;
    const read = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers["grpc-status"] !== undefined) status = Number(headers["grpc-status"]);
    };
    stream.on("response", read);
    stream.on("trailers", read);
    stream.on("error", () => undefined);
    stream.on("close", () => resolve({ status, isWhole: false }));
    stream.resume();
    stream.end(body);
  });
}

async function isListening(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}

async function failedRequests(adminPort: number): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  return page
    .split("\n")
    .filter((line) => line.startsWith("wattspan_requests_total{") && line.includes('"failed"'))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
