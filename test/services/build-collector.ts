import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./build-jaeger.ts";

const VERSION = "0.155.0";
const CORE = "go.opentelemetry.io/collector";
const CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib";

/**
 * Path of an OpenTelemetry Collector 0.155.0 with OTLP, Kafka, transform, resource, batch, files and storage, built
 * from Go modules on first use, in two to ten minutes; or why it cannot be had.
 */
export function buildCollector(): { readonly path: string } | { readonly missing: string } {
  const folder = join(cacheFolder, `collector-${VERSION}`);
  const path = join(folder, "otelcol");
  if (existsSync(path)) return { path };
  const quiet = { stdio: "ignore", timeout: 1_200_000 } as const;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "manifest.yaml"), manifest());
    execFileSync("go", ["install", `${CORE}/cmd/builder@v${VERSION}`], {
      ...quiet,
      cwd: folder,
      env: { ...process.env, GOBIN: folder },
    });
    generate(folder);
    execFileSync("go", ["build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", path, "."], {
      ...quiet,
      cwd: join(folder, "build"),
      env: { ...process.env, GOFLAGS: "-buildvcs=false" },
    });
    return { path };
  } catch (error) {
    return { missing: `the Collector cannot be had: ${(error as Error).message.split("\n")[0]}` };
  }
}

/** Writes the sources. The builder ends with `go mod tidy`, which may miss modules of tests only: the build decides. */
function generate(folder: string): void {
  try {
    execFileSync(join(folder, "builder"), ["--config", "manifest.yaml", "--skip-compilation"], {
      cwd: folder,
      stdio: "ignore",
    });
  } catch (error) {
    if (!existsSync(join(folder, "build", "go.mod"))) throw error;
  }
}

function manifest(): string {
  const list = (...modules: readonly string[]): string =>
    modules.map((module) => `  - gomod: ${module} v${VERSION}`).join("\n");
  return `dist:
  name: otelcol
  version: ${VERSION}
  output_path: ./build
  module: wattspan.dev/otelcol
receivers:
${list(`${CORE}/receiver/otlpreceiver`, `${CONTRIB}/receiver/kafkareceiver`)}
processors:
${list(
  `${CORE}/processor/batchprocessor`,
  `${CONTRIB}/processor/transformprocessor`,
  `${CONTRIB}/processor/attributesprocessor`,
  `${CONTRIB}/processor/resourceprocessor`,
)}
exporters:
${list(
  `${CORE}/exporter/debugexporter`,
  `${CORE}/exporter/otlpexporter`,
  `${CORE}/exporter/otlphttpexporter`,
  `${CONTRIB}/exporter/kafkaexporter`,
  `${CONTRIB}/exporter/fileexporter`,
)}
extensions:
${list(`${CONTRIB}/extension/healthcheckextension`, `${CONTRIB}/extension/storage/filestorage`)}
providers:
  - gomod: ${CORE}/confmap/provider/envprovider v1.61.0
  - gomod: ${CORE}/confmap/provider/fileprovider v1.61.0
`;
}
