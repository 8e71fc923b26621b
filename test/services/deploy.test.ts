import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { freePort } from "./free-port.ts";
import { installKubernetesValidate } from "./install-kubernetes-validate.ts";
import { root, runIn } from "./pack-packages.ts";
import { startProcess, waitUntil } from "./start-process.ts";

const scratch = mkdtempSync(join(tmpdir(), "wattspan-deploy-"));
const folder = join(root, "deploy");
const main = join(root, "packages", "cli", "dist", "main.js");
const manifests = readdirSync(join(folder, "kubernetes"));
const hasKafka = "kafka" in schemaProperties();

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function schemaProperties(): object {
  const schema = readFileSync(join(root, "packages", "cli", "config.schema.json"), "utf8");
  return (JSON.parse(schema) as { properties: object }).properties;
}

/** What \`wattspan check\` says of a configuration. */
function check(text: string): { readonly status: number | null; readonly stdout: string } {
  const file = join(scratch, "check.yaml");
  writeFileSync(file, text);
  const { status, stdout } = spawnSync(process.execPath, [main, "check", "--config", file], {
    encoding: "utf8",
  });
  return { status, stdout };
}

describe("Kubernetes manifests", () => {
  const validator = installKubernetesValidate();

  it.skipIf("missing" in validator)(
    `agree with Kubernetes' schemas${"missing" in validator ? ` (skipped: ${validator.missing})` : ""}`,
    () => {
      const path = "path" in validator ? validator.path : "";
      const files = manifests.map((name) => join(folder, "kubernetes", name));
      execFileSync(path, ["--strict", ...files], { stdio: "pipe" });
      const wrong = join(scratch, "wrong.yaml");
      writeFileSync(wrong, readFileSync(files[0] ?? "", "utf8").replace("hostPort:", "hostport:"));
      expect(() => execFileSync(path, ["--strict", wrong], { stdio: "pipe" })).toThrow();
    },
  );

  it.each(manifests)("%s has configurations without a problem", (name) => {
    const text = readFileSync(join(folder, "kubernetes", name), "utf8");
    const configs = parseAllDocuments(text)
      .map((document) => document.toJS() as { kind: string; data: Record<string, string> })
      .filter(({ kind }) => kind === "ConfigMap")
      .map(({ data }) => data["config.yaml"] ?? "");
    expect(configs.length).toBeGreaterThan(0);
    for (const config of configs) {
      if (!hasKafka && /^kafka:/m.test(config)) continue;
      const { status, stdout } = check(config);
      expect([status, stdout]).toEqual([0, expect.stringContaining("ok ")]);
    }
  });
});

describe("the Dockerfile", () => {
  const dockerfile = readFileSync(join(folder, "Dockerfile"), "utf8");
  const instructions = dockerfile.split("\n").map((line) => {
    const [name = "", ...rest] = line.split(" ");
    return { name, rest: rest.join(" ") };
  });
  const restOf = (name: string): string =>
    instructions.findLast((instruction) => instruction.name === name)?.rest ?? "";

  it("installs a gateway into an empty prefix, which starts, is healthy and reloads", async () => {
    const prefix = join(scratch, "prefix");
    const here = (text: string): string => text.replaceAll("/opt/wattspan", prefix);
    const install = instructions.find(({ name }) => name === "RUN")?.rest ?? "";
    runIn(root, here(install));

    const config = join(scratch, "config.yaml");
    const admin = await freePort();
    writeFileSync(
      config,
      `admin: { endpoint: "127.0.0.1:${admin}" }
receivers: { otlp: { protocols: { grpc: { endpoint: "127.0.0.1:0" }, http: { endpoint: "127.0.0.1:0" } } } }
`,
    );
    const [command = ""] = JSON.parse(here(restOf("ENTRYPOINT"))) as string[];
    const args = (JSON.parse(restOf("CMD")) as string[]).map((argument) =>
      argument.replace("/etc/wattspan/config.yaml", config),
    );
    const logPath = join(scratch, "gateway.log");
    const service = startProcess({ command, args, env: {}, logPath });
    try {
      const [, health = "[]"] = /CMD (\[.*\])$/.exec(restOf("HEALTHCHECK")) ?? [];
      const probe = (JSON.parse(health) as string[]).map((part) =>
        part.replace("127.0.0.1:9465", `127.0.0.1:${admin}`),
      );
      const [program = "", ...rest] = probe;
      await waitUntil(async () => spawnSync(program, rest).status === 0, {
        processes: [service],
        timeoutMs: 30_000,
      });
      const text = readFileSync(config, "utf8");
      writeFileSync(config, `${text}nodes: [{ name: added, zone: FR }]\n`);
      process.kill(service.pid, "SIGHUP");
      const said = "nodes, workers and grid were reloaded";
      await waitUntil(
        async () => readFileSync(logPath, "utf8").includes(`${said} about="reload 1" nodes=1`),
        {
          processes: [service],
          timeoutMs: 10_000,
        },
      );
    } finally {
      await service.shutdown();
    }
  });
});
