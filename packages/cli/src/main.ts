#!/usr/bin/env node
/** The wattspan command: reads the configuration, wires, runs. */
import { readFile } from "node:fs/promises";
import { runCheck } from "./commands/check.ts";
import { runDemo } from "./commands/demo.ts";
import { runGateway } from "./commands/gateway.ts";
import { runGrid } from "./commands/grid.ts";
import { runMeters } from "./commands/meters.ts";
import { runReplay } from "./commands/replay.ts";
import type { Streams } from "./commands/streams.ts";

const COMMANDS: Readonly<
  Record<string, (args: readonly string[], streams: Streams) => Promise<number>>
> = {
  gateway: runGateway,
  replay: runReplay,
  demo: runDemo,
  meters: runMeters,
  grid: runGrid,
  check: (args, { env }) =>
    runCheck(args, {
      stdout: process.stdout,
      stderr: process.stderr,
      env,
      readFile: (path) => readFile(path, "utf8"),
    }),
};

const USAGE = `usage: wattspan <command> [options]

  gateway  OTLP in, footprints on, OTLP out
  replay   recorded OTLP and meter readings in, a summary out
  check    everything that is wrong with a configuration
  meters   what the configured meters read now
  grid     emission factors of zones, their quality and source
  demo     a recording of NVIDIA Dynamo with two simulated nodes
`;

const streams: Streams = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
};
const [name = "", ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  const isHelp = name === "--help" || name === "help";
  (isHelp ? streams.stdout : streams.stderr)(
    name === "" || isHelp ? USAGE : `unknown command ${name}\n${USAGE}`,
  );
  process.exitCode = isHelp ? 0 : 2;
} else process.exitCode = await command(args, streams);
