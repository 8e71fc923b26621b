/** What is wrong with a line: its metric's name, its labels, its value, its timestamp, or what follows them. */
export type ExpositionFault = "name" | "labels" | "value" | "timestamp" | "trailing";

/** A line that gave no sample; lines count from 1. */
export interface ExpositionProblem {
  readonly line: number;
  readonly fault: ExpositionFault;
  readonly message: string;
}

/** The samples of a page as columns, in the order of the page. */
export interface Exposition {
  readonly count: number;
  /** Metric names; `nameIndex` of a sample points into them. */
  readonly names: readonly string[];
  readonly nameIndex: Uint32Array;
  readonly values: Float64Array;
  /** Ms since 1970; NaN where a sample has no timestamp. */
  readonly timestampsMs: Float64Array;
  /** Labels of sample `i` are `labelKeys` and `labelValues` from `labelStart[i]` up to `labelStart[i + 1]`. */
  readonly labelStart: Uint32Array;
  readonly labelKeys: readonly string[];
  readonly labelValues: readonly string[];
  /** The first hundred. */
  readonly problems: readonly ExpositionProblem[];
  readonly problemCount: number;
}

const MAX_PROBLEMS = 100;
const LINE_FEED = 10;
const QUOTE = 34;
const HASH = 35;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** One line while it is read; a fault is remembered, not thrown. */
interface Cursor {
  readonly text: string;
  at: number;
  end: number;
  /** A metric's name that stands in quotes among the labels. */
  quotedName: string | undefined;
  fault: { readonly fault: ExpositionFault; readonly message: string } | undefined;
}

interface Columns {
  readonly names: string[];
  readonly nameOf: Map<string, number>;
  readonly nameIndex: number[];
  readonly values: number[];
  readonly timestampsMs: number[];
  readonly labelStart: number[];
  readonly labelKeys: string[];
  readonly labelValues: string[];
}

/**
 * Reads a Prometheus text or OpenMetrics page (timestamps in seconds where it ends with `# EOF`), quoted UTF-8 names
 * included. Never throws: a bad line is a problem. `isWanted` passes over metrics by name; their lines are not checked.
 */
export function parseExposition(
  text: string,
  isWanted: (name: string) => boolean = () => true,
): Exposition {
  const columns: Columns = {
    names: [],
    nameOf: new Map(),
    nameIndex: [],
    values: [],
    timestampsMs: [],
    labelStart: [0],
    labelKeys: [],
    labelValues: [],
  };
  const problems: ExpositionProblem[] = [];
  let problemCount = 0;
  const msPerUnit = /(?:^|\n)# EOF\s*$/.test(text.slice(-32)) ? 1000 : 1;
  const cursor: Cursor = { text, at: 0, end: 0, quotedName: undefined, fault: undefined };
  for (let start = 0, line = 1; start < text.length; start = cursor.end + 1, line++) {
    const feed = text.indexOf("\n", start);
    const end = feed < 0 ? text.length : feed;
    startLine(cursor, start, end);
    if (cursor.at < cursor.end && text.charCodeAt(cursor.at) !== HASH) {
      const labels = columns.labelKeys.length;
      readSample(cursor, columns, msPerUnit, isWanted);
      if (cursor.fault !== undefined) {
        columns.labelKeys.length = labels;
        columns.labelValues.length = labels;
        problemCount++;
        if (problems.length < MAX_PROBLEMS) problems.push({ line, ...cursor.fault });
      }
    }
    cursor.end = end;
  }
  return {
    count: columns.values.length,
    names: columns.names,
    nameIndex: Uint32Array.from(columns.nameIndex),
    values: Float64Array.from(columns.values),
    timestampsMs: Float64Array.from(columns.timestampsMs),
    labelStart: Uint32Array.from(columns.labelStart),
    labelKeys: columns.labelKeys,
    labelValues: columns.labelValues,
    problems,
    problemCount,
  };
}

/** The value of a sample's label; undefined where it is absent or empty, which is the same here. */
export function labelOf(page: Exposition, sample: number, key: string): string | undefined {
  const end = page.labelStart[sample + 1] ?? 0;
  for (let i = page.labelStart[sample] ?? 0; i < end; i++) {
    if (page.labelKeys[i] === key) return page.labelValues[i] || undefined;
  }
  return undefined;
}

function startLine(cursor: Cursor, start: number, end: number): void {
  cursor.at = start;
  cursor.end = end > start && cursor.text.charCodeAt(end - 1) === 13 ? end - 1 : end;
  cursor.quotedName = undefined;
  cursor.fault = undefined;
  skipSpace(cursor);
}

function readSample(
  cursor: Cursor,
  columns: Columns,
  msPerUnit: number,
  isWanted: (name: string) => boolean,
): void {
  const plainName = readWord(cursor, true);
  if (plainName !== "" && !isWanted(plainName)) return;
  skipSpace(cursor);
  if (cursor.text.charCodeAt(cursor.at) === OPEN_BRACE && cursor.at < cursor.end) {
    readLabels(cursor, columns);
  }
  const name = plainName || cursor.quotedName || "";
  if (cursor.fault !== undefined) return;
  if (name === "" || (plainName !== "" && cursor.quotedName !== undefined)) {
    fail(cursor, "name", name === "" ? "no metric name" : "two metric names");
    return;
  }
  if (cursor.quotedName !== undefined && !isWanted(name)) {
    columns.labelKeys.length = columns.labelStart.at(-1) ?? 0;
    columns.labelValues.length = columns.labelKeys.length;
    return;
  }
  const value = readNumber(cursor, "value") ?? Number.NaN;
  const timestamp = readTimestamp(cursor);
  if (cursor.fault !== undefined) return;
  let index = columns.nameOf.get(name);
  if (index === undefined) {
    index = columns.names.push(name) - 1;
    columns.nameOf.set(name, index);
  }
  columns.nameIndex.push(index);
  columns.values.push(value);
  columns.timestampsMs.push(timestamp * msPerUnit);
  columns.labelStart.push(columns.labelKeys.length);
}

/** `{key="value", "quoted key"="value", "quoted metric name"}`, a comma at the end allowed. */
function readLabels(cursor: Cursor, columns: Columns): void {
  const first = columns.labelKeys.length;
  cursor.at++;
  for (;;) {
    skipSpace(cursor);
    const isQuoted = codeAt(cursor) === QUOTE;
    if (codeAt(cursor) === CLOSE_BRACE) break;
    const key = isQuoted ? readQuoted(cursor) : readWord(cursor, false);
    skipSpace(cursor);
    if (isQuoted && codeAt(cursor) !== EQUALS && cursor.quotedName === undefined) {
      cursor.quotedName = key;
    } else {
      if (key === "" || codeAt(cursor) !== EQUALS) fail(cursor, "labels", "no label name");
      cursor.at++;
      skipSpace(cursor);
      const value = readQuoted(cursor);
      if (columns.labelKeys.indexOf(key, first) >= 0) {
        fail(cursor, "labels", `label ${key} stands twice`);
      }
      columns.labelKeys.push(key);
      columns.labelValues.push(value);
    }
    if (cursor.fault !== undefined) return;
    skipSpace(cursor);
    if (codeAt(cursor) === COMMA) cursor.at++;
    else if (codeAt(cursor) !== CLOSE_BRACE) {
      fail(cursor, "labels", "no comma or } after a label");
      return;
    }
  }
  cursor.at++;
}

/** A name without quotes; a metric's may hold colons. Empty where none stands here. */
function readWord(cursor: Cursor, isMetric: boolean): string {
  const start = cursor.at;
  while (cursor.at < cursor.end && isWordCode(codeAt(cursor), cursor.at > start, isMetric)) {
    cursor.at++;
  }
  return cursor.text.slice(start, cursor.at);
}

function isWordCode(code: number, mayBeDigit: boolean, mayBeColon: boolean): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    code === 95 ||
    (mayBeDigit && code >= 48 && code <= 57) ||
    (mayBeColon && code === 58)
  );
}

/** A text in quotes, with \\, \" and \n resolved. */
function readQuoted(cursor: Cursor): string {
  if (codeAt(cursor) !== QUOTE) {
    fail(cursor, "labels", "no quote where a text begins");
    return "";
  }
  const start = ++cursor.at;
  let hasEscape = false;
  while (cursor.at < cursor.end && codeAt(cursor) !== QUOTE) {
    if (codeAt(cursor) === BACKSLASH) {
      hasEscape = true;
      cursor.at++;
    }
    cursor.at++;
  }
  if (cursor.at >= cursor.end) {
    fail(cursor, "labels", "no quote where a text ends");
    return "";
  }
  const raw = cursor.text.slice(start, cursor.at++);
  if (!hasEscape) return raw;
  return raw.replace(/\\([\\"n])/g, (_, code: string) => (code === "n" ? "\n" : code));
}

/** The timestamp, NaN without one; an exemplar after it is passed over. */
function readTimestamp(cursor: Cursor): number {
  skipSpace(cursor);
  if (cursor.at >= cursor.end || codeAt(cursor) === HASH) return Number.NaN;
  const timestamp = readNumber(cursor, "timestamp") ?? Number.NaN;
  skipSpace(cursor);
  if (cursor.at < cursor.end && codeAt(cursor) !== HASH) fail(cursor, "trailing", "more follows");
  if (!Number.isFinite(timestamp)) fail(cursor, "timestamp", "not a time");
  return timestamp;
}

/** Decimal numbers, NaN and infinities, as Go writes them; JavaScript's own reading takes too much and too little. */
function readNumber(cursor: Cursor, fault: ExpositionFault): number | undefined {
  skipSpace(cursor);
  const start = cursor.at;
  while (cursor.at < cursor.end && !isSpace(codeAt(cursor))) cursor.at++;
  const text = cursor.text.slice(start, cursor.at);
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  const word = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (word !== null && word[2] === undefined) return Number.NaN;
  if (word !== null) return word[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  fail(cursor, fault, text === "" ? "is missing" : `not a number: ${text.slice(0, 40)}`);
  return undefined;
}

function fail(cursor: Cursor, fault: ExpositionFault, message: string): void {
  cursor.fault ??= { fault, message };
}

/** The code here; at the end of a line a line feed. */
function codeAt({ text, at, end }: Cursor): number {
  return at < end ? text.charCodeAt(at) : LINE_FEED;
}

function skipSpace(cursor: Cursor): void {
  while (cursor.at < cursor.end && isSpace(cursor.text.charCodeAt(cursor.at))) cursor.at++;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}
