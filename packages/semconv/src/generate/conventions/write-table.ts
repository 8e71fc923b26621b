/** A Markdown table under `header`, columns padded to one width; bars inside cells are escaped. */
export function writeTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [header, ...rows].map((row) =>
    row.map((cell) => cell.trim().replaceAll("|", "\\|")),
  );
  const widths = header.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const [head = "", ...body] = cells.map((row) =>
    writeRow(widths.map((width, column) => (row[column] ?? "").padEnd(width))),
  );
  return [head, writeRow(widths.map((width) => "-".repeat(width))), ...body].join("\n");
}

function writeRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
