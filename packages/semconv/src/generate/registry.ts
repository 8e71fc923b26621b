import type { RequirementLevel } from "../select-attributes.ts";

// Field names are those of the registry format `definition/2`.

/** First component of every name of ours, with its dot; all that a change of the root touches here. */
export const ROOT_NAMESPACE = "footprint.";

/** How settled a definition is, least first: the order of `STABILITIES`. */
export type Stability = (typeof STABILITIES)[number];

/** Stability words, least stable first. */
export const STABILITIES = ["development", "alpha", "beta", "release_candidate", "stable"] as const;

/** One value of an enum attribute. */
export interface EnumMember {
  readonly id: string;
  readonly value: string;
  readonly stability: Stability;
  readonly brief: string;
}

/** A name of a value type such as `double` or `string[]`, or the members of an enum. */
export type AttributeType = string | { readonly members: readonly EnumMember[] };

/** An attribute with its type and meaning. */
export interface AttributeDefinition {
  readonly key: string;
  readonly stability: Stability;
  readonly type: AttributeType;
  readonly annotations?: {
    /** UCUM unit of a numeric attribute. */
    readonly unit?: string;
    readonly cardinality?: "high";
    /** Registry that owns the name, for a name that is not ours. */
    readonly stub_of?: string;
  };
  readonly brief: string;
  readonly note?: string;
  readonly examples?: readonly unknown[];
}

/** A requirement level, alone or with the text of its condition. */
export type LevelWithText =
  | RequirementLevel
  | { readonly [level in Exclude<RequirementLevel, "required">]?: string };

// A use of an attribute by a signal or group.
interface AttributeUse {
  readonly ref: string;
  readonly requirement_level?: LevelWithText;
  readonly sampling_relevant?: boolean;
}

/** A use of an attribute, or of all attributes of a group. */
export type AttributeEntry = AttributeUse | { readonly ref_group: string };

// Attributes that go together; a public group is a signal of its own.
interface AttributeGroup {
  readonly id: string;
  readonly visibility: "internal" | "public";
  readonly stability?: Stability;
  readonly brief?: string;
  readonly note?: string;
  readonly attributes: readonly AttributeEntry[];
}

// A kind of span.
interface SpanDefinition {
  readonly type: string;
  readonly kind: string;
  readonly requirement_level?: LevelWithText;
  readonly stability: Stability;
  readonly brief: string;
  readonly note?: string;
  readonly name: { readonly note: string };
  readonly attributes?: readonly AttributeEntry[];
}

/** A metric. */
export interface MetricDefinition {
  readonly name: string;
  readonly instrument: string;
  readonly requirement_level?: LevelWithText;
  readonly unit: string;
  readonly stability: Stability;
  readonly brief: string;
  readonly note?: string;
  readonly attributes?: readonly AttributeEntry[];
}

/** The whole registry as the model files hold it, unchecked. */
export interface Registry {
  readonly manifest: {
    readonly schema_url: string;
    readonly description: string;
    readonly stability: Stability;
  };
  readonly attributes: readonly AttributeDefinition[];
  readonly attribute_groups: readonly AttributeGroup[];
  readonly spans: readonly SpanDefinition[];
  readonly metrics: readonly MetricDefinition[];
}
