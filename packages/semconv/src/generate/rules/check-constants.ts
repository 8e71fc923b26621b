import { attributeConstant, metricConstant, valueConstant } from "../constant-name.ts";
import type { Problem, Rule } from "../problem.ts";
import type { Registry } from "../registry.ts";
import { membersOf } from "../resolve-attributes.ts";

/** Different names that become one constant, and enum ids or values that repeat. */
export function checkConstants(registry: Registry): readonly Problem[] {
  const enums = registry.attributes.map(({ key, type }) => ({ key, members: membersOf(type) }));
  const named: readonly (readonly [constant: string, name: string])[] = [
    ...registry.attributes.map(({ key }) => [attributeConstant(key), key] as const),
    ...registry.metrics.map(({ name }) => [metricConstant(name), name] as const),
    ...enums.flatMap(({ key, members }) =>
      members.map(({ id }) => [valueConstant(key, id), `${key}.${id}`] as const),
    ),
  ];
  return [
    ...constantCollisions(named),
    ...enums.flatMap(({ key, members }) => [
      ...repeats(
        "enum_id_collision",
        key,
        members.map(({ id }) => id),
      ),
      ...repeats(
        "enum_value_collision",
        key,
        members.map(({ value }) => value),
      ),
    ]),
  ];
}

function constantCollisions(
  named: readonly (readonly [constant: string, name: string])[],
): readonly Problem[] {
  const nameOf = new Map<string, string>();
  return named.flatMap(([constant, name]): readonly Problem[] => {
    const earlier = nameOf.get(constant);
    nameOf.set(constant, name);
    return earlier === undefined || earlier === name
      ? []
      : [{ rule: "constant_collision", subject: name, detail: `${constant} is ${earlier} too` }];
  });
}

function repeats(rule: Rule, key: string, words: readonly string[]): readonly Problem[] {
  return words
    .filter((word, index) => words.indexOf(word) !== index)
    .map((word) => ({ rule, subject: key, detail: `${word} is there twice` }));
}
