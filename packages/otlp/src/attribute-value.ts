/**
 * A value of an OTLP attribute: `bigint` is OTLP's int, exact to 64 bits, `number` its double (also when
 * whole), `null` a value that is there but empty.
 */
export type AttributeValue =
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | readonly AttributeValue[]
  | ReadonlyMap<string, AttributeValue>
  | null;

/** Attributes by key; where a sender repeated a key, the last value. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** One attribute to write. */
export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}
