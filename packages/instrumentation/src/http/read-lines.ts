/** Longest line that is kept, in characters: about 16 MiB. */
const MAX_LINE = 2 ** 24;

/**
 * Takes the bytes of server-sent events (`data: {…}`) or of JSON lines, cut anywhere, and gives each JSON object to
 * `onObject`. Everything else is skipped: comments, `[DONE]`, other fields, lines beyond 16 MiB.
 */
export function readLines(onObject: (object: unknown) => void): {
  readonly push: (bytes: Uint8Array) => void;
  readonly finish: () => void;
} {
  const decoder = new TextDecoder();
  let rest = "";
  const take = (line: string): void => {
    const text = line.startsWith("data:") ? line.slice(5).trim() : line.trim();
    if (!text.startsWith("{")) return;
    let object: unknown;
    try {
      object = JSON.parse(text);
    } catch {
      return;
    }
    onObject(object);
  };
  return {
    push(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      if (rest.length > MAX_LINE) rest = "";
      for (const line of lines) take(line);
    },
    finish() {
      take(rest + decoder.decode());
      rest = "";
    },
  };
}
