import type { IntensitySource } from "@wattspan/footprint";
import type { NodeDevice, NodeOptions, PipelineOptions } from "@wattspan/gateway";
import {
  deviceModel,
  embodiedOf,
  resolveDevice,
  resolveZone,
  rooflineTokenPriceOf,
} from "@wattspan/sources";
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
    nodes: config.nodes.map((node) => resolveNode(node, config)),
    workers: config.workers,
    intensity,
    join: config.join,
    attribution: config.attribution,
    meters: config.meters,
    attributes: config.attributes,
    isTrusted: config.receivers.otlp.isTrusted,
    redact: config.redact,
    dimensions: new Map(Object.entries(config.dimensions)),
  };
}

function resolveNode(node: NodeConfig, { grid, attribution }: FileConfig): NodeOptions {
  const { zone: _, cloudProvider: __, cloudRegion: ___, country: ____, ...rest } = node;
  const resolved = resolveZone(node, grid.regions);
  const devices = node.devices.map((device) => resolveNodeDevice(device, attribution.decodeBatch));
  return { ...rest, devices, ...("missing" in resolved ? {} : { zone: resolved.zone }) };
}

function resolveNodeDevice(device: DeviceConfig, decodeBatch: number): NodeDevice {
  const model = device.model === undefined ? undefined : deviceModel(device.model);
  const embodiedKg = model && embodiedOf(model.name);
  const rooflineTokenPrice = model && rooflineTokenPriceOf(model, decodeBatch);
  return {
    ...resolveDevice(device),
    ...(rooflineTokenPrice === undefined ? {} : { rooflineTokenPrice }),
    ...(embodiedKg === undefined ? {} : { embodiedKg }),
  };
}
