import type { Rule } from "../problem.ts";
import type { Registry } from "../registry.ts";

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

/** A registry that may be broken. */
export type Draft = Mutable<Registry>;

/** What a signal of a draft uses. */
export type DraftEntry = Draft["attribute_groups"][number]["attributes"][number];

// One way to break a rule: its title, the subject to be reported, and the change.
type Breach = readonly [title: string, subject: string, mutate: (draft: Draft) => void];

/** Breaches of some rules. */
export type Breaches = Readonly<Partial<Record<Rule, readonly Breach[]>>>;

/** The attribute `key`; throws if there is none. */
export function attribute(draft: Draft, key: string): Draft["attributes"][number] {
  return found(draft.attributes.find((one) => one.key === key));
}

/** The metric `name`; throws if there is none. */
export function metric(draft: Draft, name: string): Draft["metrics"][number] {
  return found(draft.metrics.find((one) => one.name === name));
}

/** The first span. */
export function span(draft: Draft): Draft["spans"][number] {
  return found(draft.spans[0]);
}

/** `value`; throws where it is `undefined`, so that a breach that no longer fits is seen. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error("The registry has no such definition");
  }
  return value;
}

/** Renames an attribute together with its uses, so that only the name itself can be wrong. */
export function renamed(from: string, to: string): (draft: Draft) => void {
  return (draft) => {
    attribute(draft, from).key = to;
    for (const signal of [...draft.attribute_groups, ...draft.spans, ...draft.metrics]) {
      for (const entry of signal.attributes ?? []) {
        if ("ref" in entry && entry.ref === from) {
          entry.ref = to;
        }
      }
    }
  };
}

/** Changes fields of an attribute; `undefined` takes a field out. */
export function attributeWith(key: string, fields: object): (draft: Draft) => void {
  return (draft) => change(attribute(draft, key), fields);
}

/** Changes fields of a metric; `undefined` takes a field out. */
export function metricWith(name: string, fields: object): (draft: Draft) => void {
  return (draft) => change(metric(draft, name), fields);
}

/** Changes fields of the first span; `undefined` takes a field out. */
export function spanWith(fields: object): (draft: Draft) => void {
  return (draft) => change(span(draft), fields);
}

/** Changes fields of an attribute group; `undefined` takes a field out. */
export function groupWith(id: string, fields: object): (draft: Draft) => void {
  return (draft) => change(found(draft.attribute_groups.find((one) => one.id === id)), fields);
}

/** Adds an enum value; throws if the attribute is no enum. */
export function withMember(key: string, id: string, value: string): (draft: Draft) => void {
  return (draft) => {
    const { type } = attribute(draft, key);
    const members = found(typeof type === "string" ? undefined : type.members);
    members.push({ id, value, stability: "development", brief: "Added." });
  };
}

/** Changes fields of `definition`; `undefined` takes a field out. */
export function change(definition: object, fields: object): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) {
      Reflect.deleteProperty(definition, field);
    } else {
      Reflect.set(definition, field, value);
    }
  }
}
