import type { Key } from "./load-lmdb.ts";
import type { TableName, Tables } from "./open-tables.ts";

/** One change to the store. */
interface Write {
  readonly table: TableName;
  readonly key: Key;
  /** Absent: the record is removed. */
  readonly value?: Uint8Array;
  /** Its sender is told to come again where it cannot be written; other writes are tried until they succeed. */
  readonly isRefusable?: boolean;
  /** Called once it is safe. */
  readonly onSafe?: () => void;
}

/** Writes in transactions: what is added while one is on its way to the disk makes up the next. */
export interface GroupCommit {
  add(write: Write): void;
  /** Resolves when what was added in this turn is safe; rejects where the transaction failed. */
  safe(): Promise<void>;
  /** Tries again what failed. */
  retry(): void;
  /** Bytes not yet safe. */
  readonly pendingBytes: number;
  /** Why the last transaction failed; undefined where it did not. */
  readonly failure: string | undefined;
  /** Writes what is left, and waits for it. */
  close(): Promise<void>;
}

interface Group {
  readonly writes: Write[];
  readonly done: Promise<void>;
  readonly settle: (error?: unknown) => void;
}

/** Creates the writer; with `isSynced` a transaction is safe once it is on the disk, else once the system has it. */
export function createGroupCommit(tables: Tables, isSynced: boolean): GroupCommit {
  let open: Group | undefined;
  let running: Promise<void> | undefined;
  let pendingBytes = 0;
  let failure: string | undefined;

  async function writeAll(writes: readonly Write[]): Promise<void> {
    const { root, of } = tables;
    await root.batch(() => {
      for (const { table, key, value } of writes) {
        if (value === undefined) void of[table].remove(key);
        else void of[table].put(key, value as Buffer);
      }
    });
    if (isSynced) await root.flushed;
  }

  async function writeNext(group: Group): Promise<void> {
    try {
      // On a full disk nothing can be added before something is gone.
      if (failure !== undefined) await writeAll(group.writes.filter(makesRoom));
      await writeAll(group.writes);
    } catch (error) {
      failure = await messageOf(error);
      const left = group.writes.filter(({ isRefusable }) => isRefusable !== true);
      for (const write of group.writes) if (write.isRefusable === true) free(write);
      open ??= createGroup();
      open.writes.unshift(...left);
      group.settle(new Error(failure));
      return;
    }
    failure = undefined;
    for (const write of group.writes) free(write);
    for (const { onSafe } of group.writes) onSafe?.();
    group.settle();
  }

  function free({ value }: Write): void {
    pendingBytes -= value?.byteLength ?? 0;
  }

  async function run(): Promise<void> {
    // All that one turn adds goes together.
    await new Promise((resolve) => setImmediate(resolve));
    do {
      const group = open;
      open = undefined;
      if (group !== undefined) await writeNext(group);
    } while (open !== undefined && failure === undefined);
    running = undefined;
  }

  function start(): void {
    running ??= run();
  }

  return {
    add(write) {
      open ??= createGroup();
      open.writes.push(write);
      pendingBytes += write.value?.byteLength ?? 0;
      start();
    },
    safe: () => open?.done ?? Promise.resolve(),
    retry() {
      if (open !== undefined) start();
    },
    get pendingBytes() {
      return pendingBytes;
    },
    get failure() {
      return failure;
    },
    async close() {
      start();
      await running;
    },
  };
}

/** What was told of a trace may be written and erased in one group: in that order. */
function makesRoom({ table, value }: Write): boolean {
  return value === undefined && table !== "told";
}

function createGroup(): Group {
  let settle: Group["settle"] = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error as Error));
  });
  // Nobody may wait for it.
  done.catch(() => undefined);
  return { writes: [], done, settle };
}

/** What lmdb says of a failed transaction is a promise of its own, rejected. */
async function messageOf(error: unknown): Promise<string> {
  const cause = (error as { readonly commitError?: Promise<never> }).commitError;
  const root = cause === undefined ? error : await cause.catch((reason: unknown) => reason);
  return root instanceof Error ? root.message : String(root);
}
