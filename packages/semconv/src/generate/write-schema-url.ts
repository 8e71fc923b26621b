import type { Registry } from "./registry.ts";
import { GENERATED_NOTICE, writeConstant } from "./write-constant.ts";

/** Source of the schema URL constant. */
export function writeSchemaUrl({ manifest }: Registry): string {
  const comment = "Schema URL of the scopes and resources whose names follow this registry.";
  return `${GENERATED_NOTICE}\n\n${writeConstant("SCHEMA_URL", manifest.schema_url, [comment])}`;
}
