import type { RequirementLevel } from "../select-attributes.ts";
import type {
  AttributeDefinition,
  AttributeEntry,
  AttributeType,
  EnumMember,
  LevelWithText,
  Registry,
} from "./registry.ts";

/** An attribute as one signal uses it. */
export interface ResolvedAttribute {
  readonly definition: AttributeDefinition;
  /** `undefined` where the use states none, or no known one. */
  readonly level: RequirementLevel | undefined;
  /** When the level holds, in words; absent where it holds always. */
  readonly condition?: string;
  readonly isSamplingRelevant: boolean;
}

const levels: readonly RequirementLevel[] = [
  "required",
  "conditionally_required",
  "recommended",
  "opt_in",
];

/**
 * The attributes behind `entries` in order, groups expanded. Uses that lead nowhere, or back into a
 * group of `within`, are left out.
 */
export function resolveAttributes(
  registry: Registry,
  entries: readonly AttributeEntry[],
  within: readonly string[] = [],
): readonly ResolvedAttribute[] {
  return entries.flatMap((entry) => {
    if ("ref_group" in entry) {
      const group = registry.attribute_groups.find(({ id }) => id === entry.ref_group);
      return group === undefined || within.includes(group.id)
        ? []
        : resolveAttributes(registry, group.attributes, [...within, group.id]);
    }
    const definition = registry.attributes.find(({ key }) => key === entry.ref);
    if (definition === undefined) {
      return [];
    }
    const isSamplingRelevant = entry.sampling_relevant ?? false;
    return [{ definition, isSamplingRelevant, ...readLevel(entry.requirement_level) }];
  });
}

/** A written requirement level taken apart; `level` is `undefined` where it is not a known one. */
export function readLevel(written: LevelWithText | undefined): {
  readonly level: RequirementLevel | undefined;
  readonly condition?: string;
} {
  const [name, condition] =
    typeof written === "object" ? (Object.entries(written)[0] ?? []) : [written];
  const level = levels.find((known) => known === name);
  // A level that depends on a condition says which.
  if (level === "conditionally_required" && condition === undefined) {
    return { level: undefined };
  }
  return condition === undefined ? { level } : { level, condition };
}

/** The values of an enum type; empty for any other type. */
export function membersOf(type: AttributeType): readonly EnumMember[] {
  return typeof type === "string" ? [] : type.members;
}
