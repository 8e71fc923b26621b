import { externalMeter } from "./external-meter.ts";
import { goldens } from "./goldens.ts";
import { mlEnergy } from "./ml-energy.ts";
import { deviationOf, isWithin, type Joiner, type OracleRow } from "./oracle-row.ts";
import { splitwise } from "./splitwise.ts";

const ORACLES = [goldens, mlEnergy, splitwise, externalMeter];

/** Prints a row a figure, then a line an oracle; gives the number of figures that are not what they have to be. */
export function printOracles(joiner: Joiner, write: (text: string) => void): number {
  const totals: string[] = [];
  let wrong = 0;
  write(tableLine("figure", "expected", "ours", "deviation", "tolerance"));
  for (const { name, source, rows: rowsOf } of ORACLES) {
    const rows = rowsOf(joiner);
    if (rows === undefined) {
      totals.push(`${name}: skipped, its data is not beside the project`);
      continue;
    }
    for (const row of rows) write(printedRow(row));
    const failed = rows.filter((row) => !isWithin(row)).length;
    const worst = Math.max(...rows.map(deviationOf));
    wrong += failed;
    totals.push(
      `${name}: ${rows.length - failed} of ${rows.length} within tolerance, largest deviation ${percent(worst)} (${source})`,
    );
  }
  write(`\n${totals.join("\n")}\n${wrong === 0 ? "green" : `red: ${wrong} wrong`}\n`);
  return wrong;
}

function printedRow(row: OracleRow): string {
  const { name, expected, actual, unit, tolerance } = row;
  const mark = isWithin(row) ? "" : "  WRONG";
  const figures = [expected, actual].map((one) => `${Number(one.toPrecision(7))} ${unit}`);
  const [wanted = "", ours = ""] = figures;
  return tableLine(name, wanted, ours, percent(deviationOf(row)), `${percent(tolerance)}${mark}`);
}

function tableLine(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(72)}${cells.map((cell) => cell.padStart(20)).join("")}\n`;
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(2))} %`;
}
