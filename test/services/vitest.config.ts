import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Suites that start real services; kept out of `npm test`, run one file after the other. */
const config: ViteUserConfig = defineConfig({
  ssr: { resolve: { conditions: ["@wattspan/source"] } },
  test: {
    include: ["test/services/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    // The first run builds Jaeger and installs Dynamo.
    hookTimeout: 1_200_000,
  },
});

export default config;
