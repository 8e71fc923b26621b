// Generated from packages/semconv/model by `node packages/semconv/dist/generate/main.js`.

/** Schema URL of the scopes and resources whose names follow this registry. */
export const SCHEMA_URL = "https://wattspan.dev/schemas/0.1.0" as const;
