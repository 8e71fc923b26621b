import { createRequire } from "node:module";
import type { Database, Key, RootDatabase } from "lmdb";

/** The optional package `lmdb`, as far as it is used. */
export type Lmdb = typeof import("lmdb");
export type { Database, Key, RootDatabase };

/** Loads the package `lmdb`, whose binary comes built. Throws an Error that says what to install. */
export function loadLmdb(): Lmdb {
  try {
    return createRequire(import.meta.url)("lmdb") as Lmdb;
  } catch (cause) {
    throw new Error("the spool needs the package lmdb: npm install lmdb", { cause });
  }
}
