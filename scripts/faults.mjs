// Runs the suites of faults in full: `npm run faults -- --kills 100`. Without a name of a suite it lists them.
const { runFaults } = await import(new URL("../test/dist/faults/main.js", import.meta.url).href);
process.exitCode = await runFaults(process.argv.slice(2));
