import type { Problem, Rule } from "../problem.ts";
import {
  type AttributeDefinition,
  type AttributeEntry,
  type LevelWithText,
  type Registry,
  STABILITIES,
  type Stability,
} from "../registry.ts";
import { type ResolvedAttribute, readLevel, resolveAttributes } from "../resolve-attributes.ts";

const spanKinds = ["client", "server", "producer", "consumer", "internal"];
const instruments = ["counter", "updowncounter", "gauge", "histogram"];

interface Signal {
  readonly name: string;
  readonly stability: Stability | undefined;
  readonly entries: readonly AttributeEntry[];
}

/** What signals say of themselves and of the attributes they use. */
export function checkSignals(registry: Registry): readonly Problem[] {
  const { spans, metrics } = registry;
  const metricSignals = metrics.map(
    ({ name, stability, attributes = [] }): Signal => ({ name, stability, entries: attributes }),
  );
  const signals = [...spanAndGroupSignals(registry), ...metricSignals];
  return [
    ...[...spans.map((span) => ({ ...span, name: span.type })), ...metrics]
      .filter(({ requirement_level: level }) => !isLevel(level))
      .map(({ name }) => problem("requirement_level", name, "has no known requirement level")),
    ...spans
      .filter(({ kind }) => !spanKinds.includes(kind))
      .map(({ type, kind }) => problem("span_kind", type, `${kind} is not one kind`)),
    ...metrics
      .filter(({ instrument }) => !instruments.includes(instrument))
      .map(({ name, instrument }) => problem("instrument", name, `${instrument} is unknown`)),
    ...signals.flatMap((signal) =>
      useProblems(signal, resolveAttributes(registry, signal.entries)),
    ),
    ...metricSignals.flatMap(({ name, entries }) =>
      metricUseProblems(name, resolveAttributes(registry, entries)),
    ),
  ];
}

function spanAndGroupSignals(registry: Registry): readonly Signal[] {
  return [
    ...registry.spans.map(({ type, stability, attributes = [] }) => {
      return { name: type, stability, entries: attributes };
    }),
    ...registry.attribute_groups
      .filter(({ visibility }) => visibility === "public")
      .map(({ id, stability, attributes }) => ({ name: id, stability, entries: attributes })),
  ];
}

function useProblems(signal: Signal, uses: readonly ResolvedAttribute[]): readonly Problem[] {
  const keys = uses.map(({ definition }) => definition.key);
  return [
    ...uses
      .filter(({ level }) => level === undefined)
      .map(({ definition: { key } }) =>
        problem("requirement_level", signal.name, `${key} has no known requirement level`),
      ),
    ...keys
      .filter((key, index) => keys.indexOf(key) !== index)
      .map((key) => problem("duplicate_ref", signal.name, `${key} is used twice`)),
    ...stabilityProblems(signal, uses),
  ];
}

function stabilityProblems(
  { name, stability }: Signal,
  uses: readonly ResolvedAttribute[],
): readonly Problem[] {
  const rank = rankOf(stability);
  if (rank < 0) {
    return [problem("stability", name, `${stability ?? "none"} is no known stability`)];
  }
  return uses
    .filter(({ definition, level }) => level !== "opt_in" && rankOf(definition.stability) < rank)
    .map(({ definition: { key, stability: its } }) =>
      problem("stability", name, `is ${stability}, ${key} is only ${its}`),
    );
}

function metricUseProblems(name: string, uses: readonly ResolvedAttribute[]): readonly Problem[] {
  return [
    ...uses
      .filter(({ definition, level }) => level !== "opt_in" && isHighCardinality(definition))
      .map(({ definition: { key } }) => problem("high_cardinality", name, `${key} is not opt-in`)),
    ...uses
      .filter(({ definition }) => definition.type === "any")
      .map(({ definition: { key } }) => problem("any_type", name, `${key} is of type any`)),
  ];
}

function isHighCardinality({ type, annotations }: AttributeDefinition): boolean {
  return type === "double" || annotations?.cardinality === "high";
}

function isLevel(written: LevelWithText | undefined): boolean {
  return readLevel(written).level !== undefined;
}

function rankOf(stability: Stability | undefined): number {
  return stability === undefined ? -1 : STABILITIES.indexOf(stability);
}

function problem(rule: Rule, subject: string, detail: string): Problem {
  return { rule, subject, detail };
}
