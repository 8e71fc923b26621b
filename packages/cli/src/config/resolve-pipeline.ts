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
    sampling: config.sampling,
    attributes: config.attributes,
    isTrusted: config.receivers.otlp[0]?.isTrusted ?? false,
    dimensions: new Map(Object.entries(config.dimensions)),
  };
}

function resolveNode(node: NodeConfig, { grid, attribution }: FileConfig): NodeOptions {
  const { zone: _, cloudProvider: __, cloudRegion: ___, country: ____, ...rest } = node;
  const resolved = resolveZone(node, grid.regions);
  const devices = node.devices.flatMap((device) =>
    partsOf(device, resolveNodeDevice(device, attribution.decodeBatch)),
  );
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

/** A board as its instances, where it has any: each with its slices' part of what the board draws, computes and is made of. */
function partsOf({ instances = [] }: DeviceConfig, board: NodeDevice): readonly NodeDevice[] {
  if (instances.length === 0) return [board];
  const slices = instances.reduce((sum, one) => sum + one.slices, 0);
  return instances.map(({ id, slices: own, gpuInstance }) => {
    const share = own / slices;
    const { idleWatts, maxWatts, maxTokensPerSecond, embodiedKg, ...rest } = board;
    // By activity one instance may get all that the board draws above its idle power.
    const highest =
      gpuInstance === undefined || maxWatts === undefined
        ? (maxWatts ?? 0) * share
        : maxWatts - (idleWatts ?? 0) * (1 - share);
    return {
      ...rest,
      id,
      board: { id: board.id, share, ...(gpuInstance === undefined ? {} : { gpuInstance }) },
      ...(idleWatts === undefined ? {} : { idleWatts: idleWatts * share }),
      ...(maxWatts === undefined ? {} : { maxWatts: highest }),
      ...(maxTokensPerSecond === undefined ? {} : { maxTokensPerSecond }),
      ...(embodiedKg === undefined
        ? {}
        : {
            embodiedKg: {
              lower: embodiedKg.lower * share,
              central: embodiedKg.central * share,
              upper: embodiedKg.upper * share,
            },
          }),
    };
  });
}
