import { readFileSync } from "node:fs";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { KeptPoint, PointLookup } from "./choose-factor.ts";
import { asMap, parseJson } from "./grid-provider.ts";

const BLOCK_MS = 7 * 24 * 3_600_000;
/** Weeks of zones that are kept in memory. */
const MAX_BLOCKS = 2000;
/** The longest interval that is looked back for: no live provider has a longer one. */
const LONGEST_STEP_MS = 3_600_000;

/** Values of zones, in memory and in a folder: one file a zone and week, lines are only ever added. */
export interface PointStore {
  lookup(zone: string): PointLookup;
  /** Keeps values; rejects where the folder cannot be written, after keeping them in memory. */
  keep(zone: string, points: readonly KeptPoint[]): Promise<void>;
}

type Block = Map<number, KeptPoint>;

/** Creates a store; without a folder it forgets with the process. */
export function createPointStore(folder: string | undefined): PointStore {
  const blocks = new Map<string, Block>();
  let writes: Promise<unknown> = Promise.resolve();

  const fileOf = (root: string, zone: string, block: number): string => {
    const week = new Date(block * BLOCK_MS).toISOString().slice(0, 10);
    return join(root, zone, `${week}.jsonl`);
  };

  function blockOf(zone: string, block: number): Block {
    const key = `${zone} ${block}`;
    const known = blocks.get(key);
    if (known !== undefined) return known;
    const loaded: Block = new Map();
    if (folder !== undefined && isZoneName(zone)) {
      for (const point of readLines(fileOf(folder, zone, block))) insert(loaded, point);
    }
    if (blocks.size >= MAX_BLOCKS) blocks.delete(blocks.keys().next().value ?? "");
    blocks.set(key, loaded);
    return loaded;
  }

  /** Values that begin in `[fromMs, toMs]`, latest first. */
  function* backwards(zone: string, fromMs: number, toMs: number): Generator<KeptPoint> {
    for (let ms = toMs; ms >= fromMs; ms -= 60_000) {
      const point = blockOf(zone, Math.floor(ms / BLOCK_MS)).get(ms);
      if (point !== undefined) yield point;
    }
  }

  return {
    lookup: (zone) => ({
      at(ms) {
        for (const point of backwards(zone, ms - LONGEST_STEP_MS + 60_000, ms)) {
          return point.toMs > ms ? point : undefined;
        }
        return undefined;
      },
      nearest(ms, reachMs) {
        let best: { point: KeptPoint; distanceMs: number } | undefined;
        for (const point of backwards(zone, ms - reachMs - LONGEST_STEP_MS, ms + reachMs)) {
          const distanceMs = Math.max(point.fromMs - ms, ms - point.toMs, 0);
          if (distanceMs > reachMs || point.quality === "forecast") continue;
          if (best === undefined || distanceMs < best.distanceMs) best = { point, distanceMs };
        }
        return best?.point;
      },
    }),
    keep(zone, points) {
      const lines = new Map<number, string[]>();
      for (const point of points) {
        const block = Math.floor(point.fromMs / BLOCK_MS);
        if (!insert(blockOf(zone, block), point)) continue;
        const list = lines.get(block) ?? [];
        list.push(JSON.stringify(point));
        lines.set(block, list);
      }
      if (folder === undefined || !isZoneName(zone)) return Promise.resolve();
      const write = writes.then(async () => {
        for (const [block, list] of lines) {
          const file = fileOf(folder, zone, block);
          await mkdir(join(folder, zone), { recursive: true });
          // A line break first: the last line may have been cut off by a crash.
          await appendFile(file, `\n${list.join("\n")}\n`);
        }
      });
      writes = write.catch(() => undefined);
      return write;
    },
  };
}

/** Keeps the newest of what was said of an interval, never a forecast over a value; tells whether it was kept. */
function insert(block: Block, point: KeptPoint): boolean {
  const known = block.get(point.fromMs);
  if (known !== undefined) {
    const isForecast = point.quality === "forecast";
    if (isForecast !== (known.quality === "forecast") ? isForecast : isOlder(point, known)) {
      return false;
    }
  }
  block.set(point.fromMs, point);
  return true;
}

const isOlder = (a: KeptPoint, b: KeptPoint): boolean => a.retrievedMs < b.retrievedMs;

function isZoneName(zone: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,63}$/.test(zone);
}

function readLines(file: string): readonly KeptPoint[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const point = asMap(parseJson(line));
    return isKept(point) ? [point as unknown as KeptPoint] : [];
  });
}

function isKept(point: Readonly<Record<string, unknown>>): boolean {
  const { fromMs, toMs, gramsPerKwh, retrievedMs, quality } = point;
  const numbers = [fromMs, toMs, gramsPerKwh, retrievedMs];
  return (
    numbers.every((one) => typeof one === "number" && Number.isFinite(one)) &&
    (gramsPerKwh as number) > 0 &&
    ["measured", "estimated", "forecast"].includes(String(quality))
  );
}
