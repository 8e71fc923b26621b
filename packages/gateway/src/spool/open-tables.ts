import type { Database, Key, Lmdb, RootDatabase } from "./load-lmdb.ts";

/** The tables of a spool, by what they hold. */
export const tableNames = ["outgoing", "sent", "told", "kept", "received"] as const;

/**
 * `kept`: what a restart is given again, by time of arrival. `outgoing`: requests on their way, by number. `sent`: which
 * backends have one that others have not. `told`: what left of a trace, by its id. `received`: seals of requests taken, by time.
 */
export type TableName = (typeof tableNames)[number];

/** Records by key, in the order of the keys. */
export type Table = Database<Buffer, Key>;

/** An open store. */
export interface Tables {
  readonly root: RootDatabase<Buffer, Key>;
  readonly of: Readonly<Record<TableName, Table>>;
}

const MAX_TABLES = 8;

/** Opens the file at `path`, made where there is none. */
export function openTables({ open }: Lmdb, path: string): Tables {
  const root = open<Buffer, Key>({
    path,
    noSubdir: true,
    maxDbs: MAX_TABLES,
    encoding: "binary",
    // What is written together is told by `batch` alone; by turns, a full disk rejects promises nobody holds.
    eventTurnBatching: false,
  });
  const table = (name: TableName): Table => root.openDB<Buffer, Key>(name, { encoding: "binary" });
  return {
    root,
    of: {
      outgoing: table("outgoing"),
      sent: table("sent"),
      told: table("told"),
      kept: table("kept"),
      received: table("received"),
    },
  };
}

/** Bytes of the pages that records take, in all tables. */
export function usedBytesOf({ of }: Tables): number {
  let bytes = 0;
  for (const name of tableNames) {
    const stats = of[name].getStats() as TableStats;
    const { treeBranchPageCount, treeLeafPageCount, overflowPages, pageSize } = stats;
    bytes += (treeBranchPageCount + treeLeafPageCount + overflowPages) * pageSize;
  }
  return bytes;
}

/** Records in a table. */
export function countIn(table: Table): number {
  return (table.getStats() as TableStats).entryCount;
}

interface TableStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly entryCount: number;
}
