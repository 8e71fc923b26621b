import type { Problem } from "./problem.ts";
import type { Registry } from "./registry.ts";
import { checkConstants } from "./rules/check-constants.ts";
import { checkDefinitions } from "./rules/check-definitions.ts";
import { checkFields } from "./rules/check-fields.ts";
import { checkNames } from "./rules/check-names.ts";
import { checkReferences } from "./rules/check-references.ts";
import { checkSignals } from "./rules/check-signals.ts";
import { checkWording } from "./rules/check-wording.ts";

/** All breaches of the naming policies in `registry`; empty where it is sound. */
export function checkRegistry(registry: Registry): readonly Problem[] {
  return [
    ...checkFields(registry),
    ...checkNames(registry),
    ...checkWording(registry),
    ...checkConstants(registry),
    ...checkDefinitions(registry),
    ...checkReferences(registry),
    ...checkSignals(registry),
  ];
}
