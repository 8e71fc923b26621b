import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";

/** An exporter, and when it has nothing under way. */
export interface WatchedExporter extends SpanExporter {
  idle(): Promise<void>;
}

/** Writes OTLP and drops it: the least that an export costs. */
export function createDropExporter(): SpanExporter {
  let bytes = 0;
  return {
    export(spans, done) {
      bytes += ProtobufTraceSerializer.serializeRequest(spans)?.byteLength ?? 0;
      done({ code: 0 });
    },
    shutdown: () => (bytes > 0 ? Promise.resolve() : Promise.reject(new Error("nothing written"))),
    forceFlush: () => Promise.resolve(),
  };
}

/** Sends to a backend as most workers do: JSON over HTTP. */
export function createHttpExporter(url: string): SpanExporter {
  return new OTLPTraceExporter({ url });
}

/** Keeps the spans it is given. */
export function createKeepExporter(kept: ReadableSpan[]): SpanExporter {
  return {
    export(spans, done) {
      kept.push(...spans);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
    forceFlush: () => Promise.resolve(),
  };
}

/** Watches what `exporter` has under way, without a timer. Throws on shutdown where an export failed. */
export function watchExporter(exporter: SpanExporter): WatchedExporter {
  let pending = 0;
  let failed = 0;
  let wake: (() => void) | undefined;
  return {
    export(spans, done) {
      pending++;
      exporter.export(spans, (result) => {
        if (result.code !== 0) failed++;
        done(result);
        if (--pending === 0) wake?.();
      });
    },
    async idle() {
      if (pending === 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    async shutdown() {
      await exporter.shutdown();
      if (failed > 0) throw new Error(`${failed} exports failed`);
    },
  };
}
