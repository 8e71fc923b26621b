/** Name of the constant that holds an attribute key. */
export function attributeConstant(key: string): string {
  return `ATTR_${screamingSnakeCase(key)}`;
}

/** Name of the constant that holds the enum value `id` of the attribute `key`. */
export function valueConstant(key: string, id: string): string {
  return `${screamingSnakeCase(key)}_VALUE_${screamingSnakeCase(id)}`;
}

/** Name of the constant that holds a metric name. */
export function metricConstant(name: string): string {
  return `METRIC_${screamingSnakeCase(name)}`;
}

/** Name of the constant that holds the requirement levels of a span or of a public group. */
export function levelsConstant(signal: "span" | "group", id: string): string {
  return `${screamingSnakeCase(signal)}_${screamingSnakeCase(id)}_ATTRIBUTES`;
}

function screamingSnakeCase(name: string): string {
  return name.replaceAll(".", "_").toUpperCase();
}
