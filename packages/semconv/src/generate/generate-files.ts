import type { Registry } from "./registry.ts";
import { writeAttributes } from "./write-attributes.ts";
import { writeConventions } from "./write-conventions.ts";
import { writeIndex } from "./write-index.ts";
import { writeMetrics } from "./write-metrics.ts";
import { writeRequirementLevels } from "./write-requirement-levels.ts";
import { writeSchemaUrl } from "./write-schema-url.ts";

/** Everything generated from `registry`: path from the repository root to content. */
export function generateFiles(registry: Registry): ReadonlyMap<string, string> {
  return new Map([
    ["packages/semconv/src/attributes.ts", writeAttributes(registry)],
    ["packages/semconv/src/metrics.ts", writeMetrics(registry)],
    ["packages/semconv/src/requirement-levels.ts", writeRequirementLevels(registry)],
    ["packages/semconv/src/schema-url.ts", writeSchemaUrl(registry)],
    ["packages/semconv/src/index.ts", writeIndex(registry)],
    ["docs/conventions.md", writeConventions(registry)],
  ]);
}
