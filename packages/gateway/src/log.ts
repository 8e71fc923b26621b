import { pino } from "pino";

/** Severity of a line: a warning means nothing was lost, an error means data was. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a line says beside its message; `about` names the backend, device or endpoint meant. */
export interface LogFields {
  readonly about?: string;
  readonly [name: string]: string | number | boolean | undefined;
}

/** Writes state changes, not items: the same message about the same thing is written once an interval. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Options of `createLog`. */
export interface LogOptions {
  /** Takes one line with its line feed; what it throws is swallowed. */
  readonly write: (line: string) => void;
  /** Lines below it are left out; default `info`. */
  readonly level?: LogLevel;
  /** Default `plain`. */
  readonly format?: "plain" | "json";
  /** How long a repeated line stays silent, ms; default 10,000. */
  readonly intervalMs?: number;
  readonly now?: () => number;
}

const severities: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const maxRememberedLines = 1000;

/** A log that never throws and never floods; a line that follows silenced ones says how many. */
export function createLog(options: LogOptions): Log {
  const { write, level = "info", format = "plain", intervalMs = 10_000, now = Date.now } = options;
  const remembered = new Map<string, { writtenMs: number; silenced: number }>();
  const lowest = severities.indexOf(level);
  const writeLine = format === "json" ? jsonWriter(write) : plainWriter(write);

  const line = (severity: LogLevel, message: string, fields: LogFields = {}): void => {
    if (severities.indexOf(severity) < lowest) return;
    const nowMs = now();
    const key = `${severity} ${message} ${String(fields.about)}`;
    const last = remembered.get(key);
    if (last && nowMs - last.writtenMs < intervalMs) {
      last.silenced += 1;
      return;
    }
    if (remembered.size >= maxRememberedLines) remembered.clear();
    remembered.set(key, { writtenMs: nowMs, silenced: 0 });
    const all = last && last.silenced > 0 ? { ...fields, silenced: last.silenced } : fields;
    try {
      writeLine(nowMs, severity, message, all);
    } catch {
      // A closed stderr must not stop the pipeline.
    }
  };

  return {
    debug: (message, fields) => line("debug", message, fields),
    info: (message, fields) => line("info", message, fields),
    warn: (message, fields) => line("warn", message, fields),
    error: (message, fields) => line("error", message, fields),
  };
}

type WriteLine = (nowMs: number, severity: LogLevel, message: string, fields: LogFields) => void;

function jsonWriter(write: LogOptions["write"]): WriteLine {
  let timeMs = 0;
  const logger = pino(
    {
      level: "debug",
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date(timeMs).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return (nowMs, severity, message, fields) => {
    timeMs = nowMs;
    logger[severity](fields, message);
  };
}

// Values are quoted, so text from the network can neither forge a line nor send terminal codes.
function plainWriter(write: LogOptions["write"]): WriteLine {
  return (nowMs, severity, message, fields) => {
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${typeof value === "string" ? quoted(value) : value}`);
    write(
      `${new Date(nowMs).toISOString()} ${severity.toUpperCase()} ${message}${rest.join("")}\n`,
    );
  };
}

function quoted(value: string): string {
  return /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
}
