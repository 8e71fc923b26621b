import type { IntensitySource } from "@wattspan/footprint";
import type { NodeOptions, PipelineOptions } from "@wattspan/gateway";
import { createFixedIntensity, createStaticIntensity, resolveDevice } from "@wattspan/sources";
import type { FileConfig } from "./config.ts";
import type { GridConfig } from "./grid.ts";
import type { NodeConfig } from "./nodes.ts";

/** What the pipeline needs of a configuration; figures of device models are filled in where none is configured. */
export function resolvePipeline(config: FileConfig): PipelineOptions {
  return {
    nodes: config.nodes.map(resolveNode),
    workers: config.workers,
    intensity: resolveIntensity(config.grid),
    join: config.join,
    attribution: config.attribution,
    meters: config.meters,
    attributes: config.attributes,
    isTrusted: config.receivers.otlp.isTrusted,
    dimensions: new Map(Object.entries(config.dimensions)),
  };
}

/** The source of emission factors that a configuration names. */
export function resolveIntensity(grid: GridConfig): IntensitySource {
  return grid.source === "static" ? createStaticIntensity() : createFixedIntensity(grid);
}

function resolveNode(node: NodeConfig): NodeOptions {
  return { ...node, devices: node.devices.map(resolveDevice) };
}
