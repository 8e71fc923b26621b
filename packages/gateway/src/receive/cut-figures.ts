import {
  attributesOf,
  copySpan,
  createTraceScanner,
  type Encoding,
  encodeTraces,
  type OutSpan,
  type SpanTable,
} from "@wattspan/otlp";

/** Where figures are written: what a sender claims to have used, and for which request or trace. */
const FIGURE_PREFIXES: readonly string[] = [
  "footprint.energy.",
  "footprint.carbon.",
  "footprint.request.",
  "footprint.trace.",
];
/** What all of them begin with. */
const stem = Buffer.from("footprint.");
const endings = FIGURE_PREFIXES.map((prefix) => Buffer.from(prefix.slice(stem.length)));

/** What is left of a request after the cut. */
interface CutRequest {
  /** The body itself where no span brought figures. */
  readonly body: Uint8Array;
  /** Why spans were left out while it was written anew. */
  readonly rejected: readonly string[];
}

/** Takes figures that senders bring along off their spans. Throws `OtlpError` for broken bytes. */
export type CutFigures = (encoding: Encoding, body: Uint8Array) => CutRequest;

/** Creates the cut; a request that holds no such name is not scanned. */
export function createFigureCutter(): CutFigures {
  const scanner = createTraceScanner({ names: [], keys: [] });
  return (encoding, body) => {
    if (!mayHoldFigures(encoding, body)) return { body, rejected: [] };
    const table = scanner.scan(body, encoding);
    if (!hasFigures(table)) return { body, rejected: [] };
    const spans = Array.from(
      { length: table.count },
      (_, i): OutSpan => ({ span: copySpan(table, i), cut: isFigure }),
    );
    return {
      body: encodeTraces(spans)[0]?.body ?? body,
      rejected: table.rejected.map(({ reason }) => reason),
    };
  };
}

function isFigure(key: string): boolean {
  return FIGURE_PREFIXES.some((prefix) => key.startsWith(prefix));
}

/** JSON may write any letter of a key as an escape. */
function mayHoldFigures(encoding: Encoding, body: Uint8Array): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (encoding === "json" && bytes.includes("\\u")) return true;
  for (let at = bytes.indexOf(stem); at >= 0; at = bytes.indexOf(stem, at + stem.length)) {
    const from = at + stem.length;
    if (
      endings.some(
        (ending) => bytes.compare(ending, 0, ending.length, from, from + ending.length) === 0,
      )
    )
      return true;
  }
  return false;
}

function hasFigures(table: SpanTable): boolean {
  for (let i = 0; i < table.count; i++) {
    for (const key of attributesOf(table, i).keys()) if (isFigure(key)) return true;
  }
  return false;
}
