import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { phaseOf, requestOf } from "../pipeline.test.fixture.ts";
import { type Backend, startBackend } from "../send/start-backend.test.fixture.ts";
import { logRecord, nameSpool, startSpooled, stopSpooled } from "./start-spooled.test.fixture.ts";

let directory = "";
beforeEach(() => {
  directory = nameSpool();
});
afterEach(() => stopSpooled(directory));

describe("a damaged spool", () => {
  async function filled(backend: Backend): Promise<void> {
    const { post, gateway } = await startSpooled(directory, [backend]);
    const baseMs = Date.now() - 10_000;
    for (const trace of ["a", "b", "c"]) {
      const one = { id: "1", trace, attributes: phaseOf("decode", 10, { mark: `mark ${trace}` }) };
      await post("traces", requestOf([one], { baseMs }));
    }
    await gateway.shutdown();
  }

  it("loses the damaged record, counted and in one line, and keeps the others", async () => {
    const backend = await startBackend();
    await filled(backend);
    const path = join(directory, "data.mdb");
    const bytes = readFileSync(path);
    for (let at = bytes.indexOf("mark b"); at >= 0; at = bytes.indexOf("mark b", at)) bytes[at] = 0;
    writeFileSync(path, bytes);
    const { gateway, lines, metrics } = await startSpooled(directory, [backend]);
    expect(gateway.pipeline.phaseCount).toBe(2);
    expect(lines.filter((line) => line.includes("ERROR"))).toEqual([
      expect.stringContaining("damaged records were cut about=spool records=1"),
    ]);
    expect(await metrics()).toContain("wattspan_spool_cut_records_total 1");
  });

  it("starts empty where the file is cut short or has no head, in one line", async () => {
    const backend = await startBackend();
    await filled(backend);
    const path = join(directory, "data.mdb");
    const { size } = statSync(path);
    truncateSync(path, size / 2);
    const half = await startSpooled(directory, [backend]);
    expect(half.gateway.pipeline.phaseCount).toBe(0);
    expect(half.lines.filter((line) => line.includes("ERROR"))).toEqual([
      expect.stringContaining("the spool is damaged: starting with an empty one"),
    ]);
    expect((await half.post("logs", logRecord("x"))).status).toBe(200);
    await half.gateway.shutdown();
    writeFileSync(path, Buffer.alloc(size, 0xaa));
    const headless = await startSpooled(directory, [backend]);
    expect(headless.lines.join("")).toContain("its first pages are damaged");
    expect(readdirSync(directory)).toContain("data.mdb.damaged");
  });

  it("is read by another process first where one before did not get through it", async () => {
    const backend = await startBackend();
    await filled(backend);
    const path = join(directory, "data.mdb");
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xaa, 8192));
    writeFileSync(join(directory, "unproven"), "");
    const { lines, gateway } = await startSpooled(directory, [backend]);
    expect(lines.join("")).toContain("ERROR the spool is damaged");
    expect(gateway.pipeline.phaseCount).toBe(0);
  });

  it("is kept where another process can read all of it", async () => {
    const backend = await startBackend();
    await filled(backend);
    writeFileSync(join(directory, "unproven"), "");
    const { lines, gateway } = await startSpooled(directory, [backend]);
    expect(lines.join("")).not.toContain("ERROR");
    expect(gateway.pipeline.phaseCount).toBe(3);
  });
});
