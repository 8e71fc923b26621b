const lineWidth = 100;

/** First line of every generated source file. */
export const GENERATED_NOTICE =
  "// Generated from packages/semconv/model by `node packages/semconv/dist/generate/main.js`.";

/** Source of an exported string constant under its doc comment, ended by a line break. */
export function writeConstant(name: string, value: string, paragraphs: readonly string[]): string {
  const oneLine = `export const ${name} = "${value}" as const;`;
  const code =
    oneLine.length <= lineWidth ? oneLine : `export const ${name} =\n  "${value}" as const;`;
  return `${writeDocComment(paragraphs)}\n${code}\n`;
}

/** A doc comment of `paragraphs`, wrapped; on one line where it fits. */
export function writeDocComment(paragraphs: readonly string[]): string {
  const oneLine = `/** ${paragraphs.join("")} */`;
  if (paragraphs.length === 1 && oneLine.length <= lineWidth) {
    return oneLine;
  }
  const body = paragraphs.map((text) => wrap(text, lineWidth - 3).join("\n")).join("\n\n");
  const lines = body.split("\n").map((line) => ` * ${line}`.trimEnd());
  return ["/**", ...lines, " */"].join("\n");
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = `${line} ${word}`;
    }
  }
  return lines;
}
