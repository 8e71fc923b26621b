const sdk = require("@wattspan/sdk");
process.stdout.write(`${Object.keys(sdk).sort().join(" ")}\n`);
