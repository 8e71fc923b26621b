import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["@wattspan/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, "test/services/**"],
  },
});
