import { levelsConstant } from "./constant-name.ts";
import type { AttributeEntry, Registry } from "./registry.ts";
import { resolveAttributes } from "./resolve-attributes.ts";
import { GENERATED_NOTICE, writeDocComment } from "./write-constant.ts";

/** A span or public attribute group with the constant of its requirement levels. */
export interface LevelledSignal {
  readonly constant: string;
  readonly brief: string;
  readonly entries: readonly AttributeEntry[];
}

/** Source of the requirement levels of each span and public attribute group, by attribute key. */
export function writeRequirementLevels(registry: Registry): string {
  const blocks = levelledSignals(registry).map(({ constant, brief, entries }) => {
    const lines = resolveAttributes(registry, entries).map(
      ({ definition, level }) => `  "${definition.key}": "${level}",`,
    );
    const comment = writeDocComment([`Requirement levels. ${brief}`]);
    return `${comment}\nexport const ${constant} = {\n${lines.join("\n")}\n} as const;\n`;
  });
  return [`${GENERATED_NOTICE}\n`, ...blocks].join("\n");
}

/** The signals that attributes are written for, groups before spans. */
export function levelledSignals(registry: Registry): readonly LevelledSignal[] {
  return [
    ...registry.attribute_groups
      .filter(({ visibility }) => visibility === "public")
      .map(({ id, brief = "", attributes }) => {
        return { constant: levelsConstant("group", id), brief, entries: attributes };
      }),
    ...registry.spans.map(({ type, brief, attributes = [] }) => {
      return { constant: levelsConstant("span", type), brief, entries: attributes };
    }),
  ];
}
