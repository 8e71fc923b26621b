import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../log.ts";
import { version } from "../send/version.ts";
import { damageOf, isReadable, setAside } from "./check-file.ts";
import { type HeldDirectory, holdDirectory } from "./hold-directory.ts";
import { type Lmdb, loadLmdb } from "./load-lmdb.ts";
import { openTables, type Tables } from "./open-tables.ts";

/** How records are laid out; another layout is another number. */
const FORMAT = 1;

const FORMAT_KEY = "format";

/** A store open for this process alone. */
export interface Store {
  readonly tables: Tables;
  /** Everything in it was read once, and it did not end the process. */
  proven(): void;
  close(): Promise<void>;
}

/**
 * Opens the store in `directory`. A damaged file is set aside, in one line. Throws an Error where `lmdb` is not installed,
 * another process has the directory, or another version wrote it in a layout that this one does not read.
 */
export async function openStore(directory: string, log: Log): Promise<Store> {
  const lmdb = loadLmdb();
  const held: HeldDirectory = await holdDirectory(directory);
  const path = join(directory, "data.mdb");
  // Left behind by a process that ended before it had read everything: it was killed, or the file is damaged.
  const unproven = join(directory, "unproven");
  try {
    const isDoubtful = existsSync(unproven);
    const damage =
      damageOf(path) ?? (isDoubtful && !isReadable(path) ? "its pages are" : undefined);
    if (damage !== undefined) {
      log.error("the spool is damaged: starting with an empty one, its records are lost", {
        about: setAside(path),
        damage,
      });
    }
    writeFileSync(unproven, "", { mode: 0o600 });
    const tables = openOrSay(lmdb, path);
    for (const file of [path, `${path}-lock`]) chmodSync(file, 0o600);
    await checkFormat(tables, directory);
    const proven = (): void => rmSync(unproven, { force: true });
    return {
      tables,
      proven,
      async close() {
        await tables.root.close();
        proven();
        await held.release();
      },
    };
  } catch (error) {
    await held.release();
    throw error;
  }
}

/** What cannot be opened is looked at by another process at the next start. */
function openOrSay(lmdb: Lmdb, path: string): Tables {
  try {
    return openTables(lmdb, path);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`the spool ${path} cannot be opened: ${message}: start again to check it`, {
      cause,
    });
  }
}

interface Written {
  readonly format: number;
  readonly version: string;
}

async function checkFormat({ root, of }: Tables, directory: string): Promise<void> {
  const written = root.get(FORMAT_KEY);
  if (written === undefined) {
    const now: Written = { format: FORMAT, version };
    await root.batch(() => void root.put(FORMAT_KEY, Buffer.from(JSON.stringify(now))));
    return;
  }
  const { format, version: by } = JSON.parse(written.toString()) as Written;
  if (format === FORMAT) return;
  const waiting = of.outgoing.getCount();
  await root.close();
  throw new Error(
    `the spool ${directory} has layout ${format}, this version reads ${FORMAT}: run \`npx wattspan@${by} gateway\` ` +
      `until its ${waiting} requests are sent, then remove it`,
  );
}
