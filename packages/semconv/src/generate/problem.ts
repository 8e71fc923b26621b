/** The rules a registry is held to: what each asks for. */
export const RULES = {
  name_format: "names are lower case, snake_case inside a component, joined by single dots",
  attribute_in_namespace: "every attribute is in a namespace",
  attribute_as_namespace: "an attribute is not the namespace of another",
  metric_as_namespace: "a metric is not the namespace of another",
  own_namespace:
    "own names are under the root namespace; names of others are stubs and never under it",
  duplicate_definition: "a name is defined once",
  constant_collision: "no two names give the same constant",
  enum_id_collision: "an enum has each id once",
  enum_value_collision: "an enum has each value once",
  no_total: "a metric name does not end in total",
  no_unit_in_name: "a name holds no unit",
  plural: "arrays and countable things are plural, all else singular",
  brief_ends_with_period: "every brief is there and ends with a period",
  unit: "numeric attributes and metrics have a known unit without prefix, and the brief says it",
  examples: "attributes other than enums have examples of their type",
  any_type: "attributes of type any are for spans only",
  known_fields: "definitions hold known fields only",
  schema_url: "the schema URL ends in a version",
  dangling_ref: "every reference leads somewhere",
  unused: "every attribute and internal group is used",
  duplicate_ref: "a signal uses an attribute once",
  requirement_level: "signals and uses state a known requirement level, conditions included",
  stability: "a signal is not more stable than the attributes it has without opting in",
  high_cardinality: "a metric has attributes of high cardinality only as opt-in",
  span_kind: "a span has exactly one known kind",
  instrument: "a metric has a known instrument",
} as const;

/** Name of a rule. */
export type Rule = keyof typeof RULES;

/** A breach of a rule. */
export interface Problem {
  readonly rule: Rule;
  /** Key, metric name, span type or group id that breaks it; `key.id` for an enum value. */
  readonly subject: string;
  readonly detail: string;
}
