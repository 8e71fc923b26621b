import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBatchMaker } from "../faults/make-batch.ts";
import { NODE } from "../faults/make-load.ts";
import { createSender } from "../faults/send-until-taken.ts";
import { freePorts, startGatewayProcess } from "../faults/start-gateway-process.ts";

// What the spool costs: the same requests of 1,000 spans, 3 of 18 of them of an engine, through a gateway in a process of
// its own to a backend that reads and drops them, uncompressed. CPU time of the gateway's process, user and system.

const BATCHES = 300;
const WARM_UP = 60;
const SENDERS = 4;
const ROUNDS = 3;
const TICKS_PER_SECOND = 100;
const ways = ["none", "system", "disk"] as const;

const backend = createServer((request, response) => {
  request.resume();
  request.once("end", () => response.end());
});
await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
const endpoint = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;

/** Spans per CPU-second and per second of one round. */
async function measure(sync: (typeof ways)[number]): Promise<{ cpu: number; wall: number }> {
  const folder = mkdtempSync(join(tmpdir(), "wattspan-bench-"));
  const { name, device, idleWatts, maxWatts } = NODE;
  const gateway = startGatewayProcess(folder, await freePorts(), {
    exporters: { backend: { endpoint, compression: "none" } },
    nodes: [{ name, devices: [{ id: device, idle_watts: idleWatts, max_watts: maxWatts }] }],
    workers: [{ match: { "service.name": "worker" }, node: name, devices: [device] }],
    join: { linger: "1s", hold: "2s", max_phase: "5s", keep: "8s", export_delay: "0s" },
    ...(sync === "none" ? {} : { spool: { directory: join(folder, "spool"), sync } }),
    metrics: { interval: "1h" },
  });
  await gateway.ready;
  const makeBatch = createBatchMaker(1000, Date.now() - 10_000);
  let number = 0;
  let spans = 0;
  const sendUntil = (end: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: SENDERS }, async () => {
        const sender = createSender(gateway.ports.http);
        while (number < end) {
          const batch = makeBatch(number++);
          spans += batch.spans;
          await sender.send({ ...batch, signal: "traces", encoding: "protobuf", spanKeys: [] });
        }
        sender.close();
      }),
    );
  await sendUntil(WARM_UP);
  spans = 0;
  const cpuBefore = cpuSeconds(gateway.pid);
  const startedMs = performance.now();
  await sendUntil(WARM_UP + BATCHES);
  const wallSeconds = (performance.now() - startedMs) / 1000;
  // What is held leaves, and what has left is erased.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const used = cpuSeconds(gateway.pid) - cpuBefore;
  gateway.kill("SIGKILL");
  await gateway.ended;
  rmSync(folder, { recursive: true, force: true });
  return { cpu: spans / used, wall: spans / wallSeconds };
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const rounds = new Map<string, { cpu: number; wall: number }[]>(ways.map((way) => [way, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const way of ways) rounds.get(way)?.push(await measure(way));
}
console.log("spool     spans per CPU-second (best, all)         spans per second");
for (const [way, measured] of rounds) {
  const all = measured.map(({ cpu }) => Math.round(cpu));
  const wall = Math.round(Math.max(...measured.map((one) => one.wall)));
  console.log(`${way.padEnd(9)} ${Math.max(...all)} (${all.join(", ")})  ${wall}`);
}
backend.close();
backend.closeAllConnections();
