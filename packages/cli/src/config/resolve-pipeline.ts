import type { IntensitySource } from "@wattspan/footprint";
import type { NodeDevice, NodeOptions, PipelineOptions } from "@wattspan/gateway";
import { deviceModel, embodiedOf, resolveDevice, resolveZone } from "@wattspan/sources";
import { offlineIntensity } from "../open-grid.ts";
import type { FileConfig } from "./config.ts";
import type { DeviceConfig, NodeConfig } from "./nodes.ts";

/**
 * What the pipeline needs of a configuration; figures of device models are filled in where none is configured. Without
 * `intensity` factors come from the configured sources that need neither network nor files.
 */
export function resolvePipeline(
  config: FileConfig,
  intensity: IntensitySource | undefined = offlineIntensity(config.grid),
): PipelineOptions {
  return {
    nodes: config.nodes.map((node) => resolveNode(node, config.grid.regions)),
    workers: config.workers,
    intensity,
    join: config.join,
    attribution: config.attribution,
    meters: config.meters,
    attributes: config.attributes,
    isTrusted: config.receivers.otlp.isTrusted,
    dimensions: new Map(Object.entries(config.dimensions)),
  };
}

function resolveNode(node: NodeConfig, regions: ReadonlyMap<string, string>): NodeOptions {
  const { zone: _, cloudProvider: __, cloudRegion: ___, country: ____, ...rest } = node;
  const resolved = resolveZone(node, regions);
  const devices = node.devices.map(resolveNodeDevice);
  return { ...rest, devices, ...("missing" in resolved ? {} : { zone: resolved.zone }) };
}

function resolveNodeDevice(device: DeviceConfig): NodeDevice {
  const model = device.model === undefined ? undefined : deviceModel(device.model);
  const embodiedKg = model && embodiedOf(model.name);
  return { ...resolveDevice(device), ...(embodiedKg === undefined ? {} : { embodiedKg }) };
}
