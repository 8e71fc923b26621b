// Compares our figures with published measurements and hand-computed ones, row by row; any wrong figure fails.
// `node scripts/oracle.mjs FILE` runs another build of the library, e.g. a broken one that has to fail.
import { pathToFileURL } from "node:url";
import { printOracles } from "../test/dist/oracle/print-oracles.js";

const [file] = process.argv.slice(2);
const built = new URL("../packages/footprint/dist/index.js", import.meta.url);
const joiner = await import(file === undefined ? built.href : pathToFileURL(file).href);
process.exitCode = printOracles(joiner, (text) => process.stdout.write(text)) === 0 ? 0 : 1;
