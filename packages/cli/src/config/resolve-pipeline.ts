import type { IntensitySource } from "@wattspan/footprint";
import type { NodeDevice, NodeOptions, PipelineOptions } from "@wattspan/gateway";
import {
  createFixedIntensity,
  createStaticIntensity,
  deviceModel,
  maxTokensPerSecondOf,
} from "@wattspan/sources";
import type { FileConfig } from "./config.ts";
import type { GridConfig } from "./grid.ts";
import type { DeviceConfig, NodeConfig } from "./nodes.ts";

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

/** A device with the watts and the token rate of its model where none are configured; unknown ones stay absent. */
export function resolveDevice(device: DeviceConfig): NodeDevice {
  const model = device.model === undefined ? undefined : deviceModel(device.model);
  const idleWatts = device.idleWatts ?? model?.idleWatts;
  const maxWatts = device.maxWatts ?? model?.maxWatts;
  const maxTokensPerSecond = device.maxTokensPerSecond ?? (model && maxTokensPerSecondOf(model));
  return {
    id: device.id,
    ...(device.model === undefined ? {} : { model: device.model }),
    ...(idleWatts === undefined ? {} : { idleWatts }),
    ...(maxWatts === undefined ? {} : { maxWatts }),
    ...(maxTokensPerSecond === undefined ? {} : { maxTokensPerSecond }),
  };
}

function resolveNode(node: NodeConfig): NodeOptions {
  return { ...node, devices: node.devices.map(resolveDevice) };
}
