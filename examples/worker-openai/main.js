import { startFootprint } from "@wattspan/sdk";
import { autoMeter } from "@wattspan/sources";
import { ask } from "./ask.js";

const [baseURL, model, question = "What is a joule?"] = process.argv.slice(2);
if (baseURL === undefined || model === undefined) {
  console.error("usage: node main.js http://127.0.0.1:8000/v1 MODEL [QUESTION]");
  process.exit(1);
}

const { meter } = autoMeter();
const footprint = startFootprint({
  ...(meter === undefined ? {} : { meter }),
  ...(process.env.ZONE ? { zone: process.env.ZONE } : {}),
});
console.log(await ask({ baseURL, model, question, devices: process.env.DEVICES?.split(",") }));
await footprint.shutdown();
