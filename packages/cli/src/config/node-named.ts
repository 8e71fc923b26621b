import type { NodeConfig } from "./nodes.ts";

/** The machine of a name or, where none is called so, of an alias. */
export function nodeNamed<N extends Pick<NodeConfig, "name" | "aliases">>(
  nodes: readonly N[],
  wanted: string,
): N | undefined {
  return (
    nodes.find(({ name }) => name === wanted) ??
    nodes.find(({ aliases }) => aliases.includes(wanted))
  );
}

/** Ids by which work is on a machine's devices: of boards with parts those of the parts. */
export function deviceIdsOf({ devices }: Pick<NodeConfig, "devices">): readonly string[] {
  return devices.flatMap(({ id, instances }) => instances?.map((one) => one.id) ?? [id]);
}
