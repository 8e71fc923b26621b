import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory that no other process uses. */
export interface HeldDirectory {
  release(): Promise<void>;
}

/** Longest path of a socket that every system takes, bytes. */
const MAX_SOCKET_PATH = 100;

/** Makes the directory, closes it to others, and holds it. Throws an Error where another process does. */
export async function holdDirectory(directory: string): Promise<HeldDirectory> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const path = socketPathOf(directory);
  // A socket, since the system lets go of it whatever ends the process; its file may stay behind.
  const server = await bind(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE" || (await isAnswered(path))) throw inUse(directory, error);
    rmSync(path, { force: true });
    return bind(path).catch((cause: unknown) => {
      throw inUse(directory, cause);
    });
  });
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function inUse(directory: string, cause: unknown): Error {
  return new Error(`another process uses the spool ${directory}: give each gateway its own`, {
    cause,
  });
}

function socketPathOf(directory: string): string {
  const path = join(directory, "in-use.sock");
  if (process.platform !== "win32" && Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  const name = `wattspan-${createHash("sha256").update(directory).digest("hex").slice(0, 16)}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

function bind(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(path, () => resolve(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
