import { spawnSync } from "node:child_process";
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tableNames } from "./open-tables.ts";

const PAGE_HEAD = 24;
const MAGIC = 0xbeefc0de;
const MIN_PAGE_BYTES = 4096;
const META_BYTES = 136;
// Where a meta page says how large pages are, which is the last one, and which transaction wrote it.
const PAGE_SIZE = 24;
const LAST_PAGE = 120;
const TRANSACTION = 128;

/**
 * Why the file of a store cannot be opened; undefined where it can, or is not there. Looked at before `lmdb` does, which
 * maps the file: a page that is not there would end the process.
 */
export function damageOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    if (size === 0) return undefined;
    const metas = [0, MIN_PAGE_BYTES].map((at) => readMeta(file, at));
    const [first, second] = metas;
    if (first === undefined || second === undefined) return "its first pages are damaged";
    const newest = first.transaction > second.transaction ? first : second;
    const needed = (newest.lastPage + 1) * newest.pageBytes;
    return size < needed ? `it has ${size} of ${needed} bytes` : undefined;
  } finally {
    closeSync(file);
  }
}

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly transaction: number;
}

function readMeta(file: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(PAGE_HEAD + META_BYTES);
  if (readSync(file, bytes, 0, bytes.length, at) < bytes.length) return undefined;
  const meta = bytes.subarray(PAGE_HEAD);
  if (meta.readUInt32LE(0) !== MAGIC) return undefined;
  return {
    pageBytes: meta.readUInt32LE(PAGE_SIZE),
    lastPage: Number(meta.readBigUInt64LE(LAST_PAGE)),
    transaction: Number(meta.readBigUInt64LE(TRANSACTION)),
  };
}

/** Walks every record of every table; `lmdb` ends the process where pages are damaged, so it is another one. */
const WALK = `
const { open } = require(process.argv[1]);
const root = open({ path: process.argv[2], noSubdir: true, maxDbs: 8, encoding: "binary" });
for (const name of process.argv.slice(3))
  for (const entry of root.openDB(name, { encoding: "binary" }).getRange()) entry.value.length;
process.exit(0);
`;

/** Whether another process can read the whole store; milliseconds a megabyte, so only asked where there is doubt. */
export function isReadable(path: string): boolean {
  const lmdb = createRequire(import.meta.url).resolve("lmdb");
  const args = ["-e", WALK, lmdb, path, ...tableNames];
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  return status === 0;
}

/** Takes a damaged file out of the way; what was set aside before is deleted. Gives where it is now. */
export function setAside(path: string): string {
  const aside = `${path}.damaged`;
  rmSync(aside, { force: true });
  renameSync(path, aside);
  rmSync(`${path}-lock`, { force: true });
  return aside;
}
