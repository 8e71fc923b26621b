import { instantOfMs } from "@wattspan/footprint";
import {
  deviceModel,
  deviceModels,
  deviceModelsNear,
  resolveDevice,
  resolveZone,
  rooflineTokenPriceOf,
  subZonesOf,
} from "@wattspan/sources";
import { offlineIntensity } from "../open-grid.ts";
import type { FileConfig } from "./config.ts";
import type { DeviceConfig, NodeConfig } from "./nodes.ts";
import type { Problem } from "./problem.ts";

/** What is wrong with nodes and their devices. */
export function nodeProblems({ nodes }: FileConfig): readonly Problem[] {
  const owners = new Map<string, number>();
  return nodes.flatMap((node, index) => {
    const path = `nodes[${index}]`;
    const problems = [
      ...nameProblems(node, index, owners),
      ...node.devices.flatMap((device, at) => deviceProblems(node, device, at, path)),
    ];
    if (node.pue !== undefined && node.pue < 1) {
      problems.push({
        path: `${path}.pue`,
        message: `${node.pue} is below 1: a site cannot use less than its machines`,
      });
    }
    return problems;
  });
}

/** What will make figures of nodes missing or coarse; `nowMs` decides which factor is asked for. */
export function nodeWarnings(config: FileConfig, nowMs: number): readonly Problem[] {
  if (config.nodes.length === 0) {
    return [{ path: "nodes", message: "none is configured: no phase gets a figure" }];
  }
  return [
    ...config.nodes.flatMap((node, index) => [
      ...zoneWarnings(config, node, `nodes[${index}]`, nowMs),
      ...node.devices.flatMap((device, at) =>
        deviceWarnings(device, `nodes[${index}].devices[${at}]`),
      ),
      ...(config.attribution.weights === "roofline"
        ? node.devices.flatMap((device, at) => rooflineWarnings(device, index, at))
        : []),
    ]),
    ...sharedDeviceWarnings(config.nodes),
  ];
}

/** Notes the node's names in `owners`. */
function nameProblems(
  node: NodeConfig,
  index: number,
  owners: Map<string, number>,
): readonly Problem[] {
  return [node.name, ...node.aliases].flatMap((name, position) => {
    const owner = owners.get(name);
    owners.set(name, owner ?? index);
    if (owner === undefined) return [];
    const step = position === 0 ? "name" : `aliases[${position - 1}]`;
    const whose = owner === index ? "given twice" : `the name of nodes[${owner}] too`;
    return [{ path: `nodes[${index}].${step}`, message: `${JSON.stringify(name)} is ${whose}` }];
  });
}

function deviceProblems(
  node: NodeConfig,
  device: DeviceConfig,
  at: number,
  nodePath: string,
): readonly Problem[] {
  const path = `${nodePath}.devices[${at}]`;
  const problems: Problem[] = [];
  const all = [...node.devices, ...(node.host?.devices ?? [])].flatMap(({ id, instances = [] }) => [
    id,
    ...instances.map((one) => one.id),
  ]);
  for (const id of [device.id, ...(device.instances ?? []).map((one) => one.id)]) {
    if (all.indexOf(id) === all.lastIndexOf(id)) continue;
    if (id === device.id && node.devices.findIndex((one) => one.id === id) === at) continue;
    problems.push({ path: `${path}.id`, message: `${JSON.stringify(id)} is listed twice` });
  }
  const { idleWatts, maxWatts } = resolveDevice(device);
  if (idleWatts !== undefined && maxWatts !== undefined && idleWatts >= maxWatts) {
    const step = device.idleWatts === undefined ? "max_watts" : "idle_watts";
    const message = `idle power of ${idleWatts} W is not below the highest of ${maxWatts} W`;
    problems.push({ path: `${path}.${step}`, message });
  }
  return problems;
}

function zoneWarnings(
  config: FileConfig,
  node: NodeConfig,
  path: string,
  nowMs: number,
): readonly Problem[] {
  const { name, cloudRegion, country } = node;
  const warn = (message: string): readonly Problem[] => [{ path: `${path}.zone`, message }];
  const resolved = resolveZone(node, config.grid.regions);
  if ("missing" in resolved) {
    const isTold = cloudRegion !== undefined || country !== undefined;
    const why = isTold ? resolved.missing : "is not set";
    return warn(`${why}: spans of ${name} get joules, but no grams`);
  }
  const { zone } = resolved;
  const intensity = offlineIntensity(config.grid);
  // What providers and files have shows when they are opened.
  if (intensity === undefined) return [];
  const factor = intensity.factorAt(zone, instantOfMs(nowMs));
  if ("missing" in factor) {
    const isAll = [config.grid.source, ...config.grid.fallback].every(isOffline);
    return isAll ? warn(`${factor.missing}: spans of ${name} get joules, but no grams`) : [];
  }
  if (factor.flags?.includes("country_of_many_grids") !== true) return [];
  // A code of three letters begins with the one of two for each of these.
  const [example = ""] = subZonesOf(zone.slice(0, 2));
  return warn(
    `${zone} is a country of many grids, whose average can be off several times; name one of them, such as ${example}`,
  );
}

const isOffline = (source: string): boolean => source === "static" || source === "fixed";

function deviceWarnings(device: DeviceConfig, path: string): readonly Problem[] {
  const { model, id } = device;
  if (model !== undefined && deviceModel(model) === undefined) {
    const near = deviceModelsNear(model);
    const names = near.length > 0 ? near : deviceModels.map(({ name }) => name);
    const message = `${JSON.stringify(model)} is not a known model; known ${near.length > 0 ? "and near" : "are"} ${names.join(", ")}`;
    return [{ path: `${path}.model`, message }];
  }
  if (resolveDevice(device).idleWatts !== undefined) return [];
  const message = `is not set and not known of the model: idle draw of ${id} counts as its phases' own`;
  return [{ path: `${path}.idle_watts`, message }];
}

function rooflineWarnings(
  { id, model }: DeviceConfig,
  nodeIndex: number,
  at: number,
): readonly Problem[] {
  const known = model === undefined ? undefined : deviceModel(model);
  if (known !== undefined && rooflineTokenPriceOf(known, 1) !== undefined) return [];
  const message = `peak rates of ${id} are not known: its phases are weighed by attribution.decode_token_price`;
  return [{ path: `nodes[${nodeIndex}].devices[${at}].model`, message }];
}

function sharedDeviceWarnings(nodes: readonly NodeConfig[]): readonly Problem[] {
  const owners = new Map<string, number>();
  return nodes.flatMap(({ devices }, index) =>
    devices.flatMap(({ id }, at) => {
      const owner = owners.get(id) ?? index;
      owners.set(id, owner);
      if (owner === index) return [];
      const message = `${JSON.stringify(id)} is a device of nodes[${owner}] too: a span that names only the device cannot be placed`;
      return [{ path: `nodes[${index}].devices[${at}].id`, message }];
    }),
  );
}
