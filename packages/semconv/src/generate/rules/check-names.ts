import type { Problem, Rule } from "../problem.ts";
import { type Registry, ROOT_NAMESPACE } from "../registry.ts";
import { membersOf } from "../resolve-attributes.ts";

const nameFormat = /^[a-z][a-z0-9]*(?:[._][a-z0-9]+)*$/;

/** Shape of names, their namespaces, and names defined twice. */
export function checkNames(registry: Registry): readonly Problem[] {
  const keys = registry.attributes.map(({ key }) => key);
  const metrics = registry.metrics.map(({ name }) => name);
  const spans = registry.spans.map(({ type }) => type);
  const groups = registry.attribute_groups.map(({ id }) => id);
  return [
    ...[...keys, ...metrics, ...spans, ...groups].flatMap(formatProblems),
    ...registry.attributes.flatMap(({ key, type }) =>
      membersOf(type).flatMap(({ id }) =>
        nameFormat.test(id) && !id.includes(".") ? [] : [problem("name_format", `${key}.${id}`)],
      ),
    ),
    ...keys
      .filter((key) => !key.includes("."))
      .map((key) => problem("attribute_in_namespace", key, "has no dot")),
    ...asNamespace("attribute_as_namespace", keys),
    ...asNamespace("metric_as_namespace", metrics),
    ...[keys, metrics, spans, groups].flatMap(duplicates),
    ...ownership(registry),
  ];
}

function formatProblems(name: string): readonly Problem[] {
  return nameFormat.test(name) ? [] : [problem("name_format", name)];
}

function asNamespace(rule: Rule, names: readonly string[]): readonly Problem[] {
  return names.flatMap((name) => {
    const inside = names.find((other) => other.startsWith(`${name}.`));
    return inside === undefined ? [] : [problem(rule, name, `is a namespace of ${inside}`)];
  });
}

function duplicates(names: readonly string[]): readonly Problem[] {
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => problem("duplicate_definition", name, "is defined before"));
}

function ownership(registry: Registry): readonly Problem[] {
  const signals = [
    ...registry.metrics.map(({ name }) => name),
    ...registry.spans.map(({ type }) => type),
    ...registry.attribute_groups
      .filter(({ visibility }) => visibility === "public")
      .map(({ id }) => id),
  ];
  return [
    ...signals
      .filter((name) => !isOwn(name))
      .map((name) => problem("own_namespace", name, `is not under ${ROOT_NAMESPACE}`)),
    ...registry.attributes
      .filter(({ key, annotations }) => isOwn(key) === (annotations?.stub_of !== undefined))
      .map(({ key }) =>
        problem(
          "own_namespace",
          key,
          isOwn(key) ? "is a stub of an own name" : `is not under ${ROOT_NAMESPACE} and no stub`,
        ),
      ),
  ];
}

function isOwn(name: string): boolean {
  return name.startsWith(ROOT_NAMESPACE);
}

function problem(rule: Rule, subject: string, detail = "does not match"): Problem {
  return { rule, subject, detail };
}
