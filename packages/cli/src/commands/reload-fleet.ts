import { deviceKey, instantOfMs } from "@wattspan/footprint";
import type { Gateway, Log } from "@wattspan/gateway";
import { configProblems } from "../config/check.ts";
import type { Config } from "../config/config.ts";
import type { GridConfig } from "../config/grid.ts";
import type { DeviceConfig } from "../config/nodes.ts";
import { formatProblem, type Problem } from "../config/problem.ts";
import { resolvePipeline } from "../config/resolve-pipeline.ts";
import type { IntensityHistory } from "../intensity-history.ts";
import type { Grid } from "../open-grid.ts";
import { keepGridFresh } from "./keep-grid-fresh.ts";

/** What a reload needs and changes. */
export interface ReloadOptions {
  readonly gateway: Pick<Gateway, "pipeline">;
  readonly intensity: IntensityHistory;
  readonly log: Log;
  readonly now?: () => number;
  /** The configuration as it is in the files now, or all that is wrong with it. */
  readonly load: () => Promise<
    | { readonly config: Config }
    | { readonly config?: undefined; readonly problems: readonly Problem[] }
  >;
  readonly openGrid: (
    config: GridConfig,
  ) => Promise<{ readonly grid: Grid } | { readonly problems: readonly Problem[] }>;
}

/** The fleet and the grid of a running gateway. */
export interface FleetReload {
  /** Takes nodes, workers and grid from the files, one reload at a time; never rejects. */
  reload(): Promise<void>;
  shutdown(): void;
}

const renewed = ["nodes", "workers", "grid"] as const;

/** Starts with the configuration that the gateway was started with. */
export function createFleetReload(config: Config, grid: Grid, options: ReloadOptions): FleetReload {
  const { gateway, intensity, log, load, openGrid, now = Date.now } = options;
  let current = config;
  const devices = new Map<string, DeviceConfig>();
  /** Devices whose settings differ from those that they were first met with, which stay until a restart. */
  const meetDevices = (nodes: Config["nodes"]): readonly string[] =>
    nodes.flatMap((node) =>
      node.devices.flatMap((device) => {
        const key = deviceKey(node.name, device.id);
        const first = devices.get(key) ?? device;
        devices.set(key, first);
        return isChanged(first, device) ? [`device ${device.id} of ${node.name}`] : [];
      }),
    );
  meetDevices(config.nodes);
  let currentGrid = grid;
  let revision = 0;
  // Repeated lines about one thing are silenced, and each reload is a thing of its own.
  let about = "";
  let stopRefreshing = keepGridFresh(grid, gateway.pipeline.nodes, config.grid, log);
  let turn: Promise<void> = Promise.resolve();

  function refuse(problems: readonly Problem[]): void {
    for (const problem of problems)
      log.warn("not reloaded: the old configuration stays", {
        about: `${about} ${problem.path}`,
        problem: formatProblem(problem),
      });
  }

  async function reload(): Promise<void> {
    revision += 1;
    about = `reload ${revision}`;
    const { pipeline } = gateway;
    if (!("renew" in pipeline)) {
      const message = "members read nodes, workers and grid at their start: restart all of them";
      return refuse([{ path: "kafka", message }]);
    }
    const loaded = await load();
    if (loaded.config === undefined) return refuse(loaded.problems);
    const problems = configProblems(loaded.config);
    if (problems.length > 0) return refuse(problems);
    const old = current;
    const { nodes: named, workers: rows, grid: section } = loaded.config;
    // Files may hold new values under the same settings; what a provider said would have to be fetched again.
    const isOther = isChanged(old.grid, section) || section.files.length > 0;
    const opened = isOther ? await openGrid(section) : { grid: currentGrid };
    if ("problems" in opened) return refuse(opened.problems);
    const nowMs = now();
    const { nodes, workers } = resolvePipeline(loaded.config, opened.grid.intensity);
    current = { ...old, nodes: named, workers: rows, grid: section };
    if (isOther) intensity.renew(opened.grid.intensity, instantOfMs(nowMs));
    pipeline.renew({ nodes, workers }, nowMs);
    if (isOther || isChanged(old.nodes, named)) {
      stopRefreshing();
      if (isOther) currentGrid.shutdown();
      currentGrid = opened.grid;
      stopRefreshing = keepGridFresh(currentGrid, nodes, section, log);
    }
    const counts = { nodes: nodes.length, workers: workers.length };
    log.info("nodes, workers and grid were reloaded", { about, ...counts });
    const left = [...keptSections(old, loaded.config), ...meetDevices(named)];
    if (left.length > 0)
      log.warn("some changes need a restart", { about, settings: left.join(", ") });
  }

  return {
    reload() {
      turn = turn.then(reload).catch((error: unknown) =>
        log.error("not reloaded: the old configuration stays", {
          about,
          error: String(error),
        }),
      );
      return turn;
    },
    shutdown() {
      stopRefreshing();
      currentGrid.shutdown();
    },
  };
}

/** Sections that differ from those of the running gateway and were not taken over. */
function keptSections(old: Config, config: Config): readonly string[] {
  return (Object.keys(config) as (keyof Config)[])
    .filter((section) => !(renewed as readonly string[]).includes(section))
    .filter((section) => isChanged(old[section], config[section]));
}

function isChanged(before: unknown, after: unknown): boolean {
  return JSON.stringify(before, writable) !== JSON.stringify(after, writable);
}

function writable(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  if (value instanceof RegExp || typeof value === "bigint") return String(value);
  return value;
}
