/** Writes config.schema.json; part of `npm run generate`. */
import { readFileSync, writeFileSync } from "node:fs";
import { configJsonSchema } from "./json-schema.ts";

const folder = new URL("../../", import.meta.url);
const example = readFileSync(new URL("config.example.yaml", folder), "utf8");
const schema = configJsonSchema(example);
writeFileSync(new URL("config.schema.json", folder), `${JSON.stringify(schema, undefined, 2)}\n`);
