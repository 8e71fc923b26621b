import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const installed = `${process.env["WATTSPAN_SDK_3"]}/node_modules/`;
const names = ["api", "otlp-transformer", "resources", "sdk-trace"].map(
  (name) => `@opentelemetry/${name}`,
);

/** The in-process suites against the OpenTelemetry packages that `in-process-sdk-3.test.ts` installed. */
const config: ViteUserConfig = defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  ssr: { resolve: { conditions: ["@wattspan/source"] } },
  resolve: { alias: Object.fromEntries(names.map((name) => [name, `${installed}${name}`])) },
  test: {
    include: ["test/e2e/in-process-equals-replay.test.ts", "test/e2e/in-process-faults.test.ts"],
  },
});

export default config;
