import type { Attribute, AttributeValue } from "../attribute-value.ts";

/** JSON of a KeyValue. */
export function attributeText({ key, value }: Attribute): string {
  return `{"key":${stringText(key)},"value":${anyValueText(value)}}`;
}

/** JSON of a string; half a surrogate pair, which UTF-8 cannot hold, comes out as U+FFFD. */
export function stringText(text: string): string {
  const isWhole = !/[\ud800-\udfff]/.test(text);
  return JSON.stringify(isWhole ? text : Buffer.from(text, "utf8").toString("utf8"));
}

function anyValueText(value: AttributeValue): string {
  switch (typeof value) {
    case "string":
      return `{"stringValue":${stringText(value)}}`;
    case "boolean":
      return `{"boolValue":${value}}`;
    case "bigint":
      return `{"intValue":"${int64Text(value)}"}`;
    case "number":
      return `{"doubleValue":${doubleText(value)}}`;
    default:
      return value === null ? "{}" : compoundText(value);
  }
}

function compoundText(
  value: Exclude<AttributeValue, string | boolean | bigint | number | null>,
): string {
  if (value instanceof Uint8Array) {
    return `{"bytesValue":"${Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64")}"}`;
  }
  if (value instanceof Map) {
    const pairs = Array.from(value, ([key, part]) => attributeText({ key, value: part }));
    return `{"kvlistValue":{"values":[${pairs.join()}]}}`;
  }
  const parts = (value as readonly AttributeValue[]).map(anyValueText);
  return `{"arrayValue":{"values":[${parts.join()}]}}`;
}

function int64Text(value: bigint): string {
  if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} is no 64-bit integer`);
  return value.toString();
}

// A whole double keeps its point, so that no reader takes it for an int.
function doubleText(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : '"-Infinity"';
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
