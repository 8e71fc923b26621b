/** What is read of a span that Jaeger's query API gives; times in microseconds. */
export interface JaegerSpan {
  readonly spanID: string;
  readonly processID: string;
  readonly operationName: string;
  readonly startTime: number;
  readonly duration: number;
  readonly references: readonly { readonly spanID: string }[];
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
}

/** A trace as Jaeger's query API gives it. */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

/** The traces at a path below `/api/traces`: `/{trace id}`, or a query. */
export async function fetchTraces(queryUrl: string, path: string): Promise<readonly JaegerTrace[]> {
  const answer = await fetch(`${queryUrl}/api/traces${path}`);
  return ((await answer.json()) as { data: readonly JaegerTrace[] | null }).data ?? [];
}

/** The value of a span's attribute; undefined where it has none. */
export function tagOf(span: JaegerSpan | undefined, key: string): unknown {
  return span?.tags.find((tag) => tag.key === key)?.value;
}

/** The spans of a trace that have the attribute. */
export function withTag({ spans }: JaegerTrace, key: string): readonly JaegerSpan[] {
  return spans.filter((span) => tagOf(span, key) !== undefined);
}
