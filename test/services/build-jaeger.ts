import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where services are kept between runs: outside the project. */
export const cacheFolder: string =
  process.env["WATTSPAN_CACHE"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "wattspan-services");

/**
 * Path of a Jaeger 1.76.0 binary (v2, in-memory storage), built from its Go module on first use, in one to eight
 * minutes; or why it cannot be had.
 */
export function buildJaeger(): { readonly path: string } | { readonly missing: string } {
  const folder = join(cacheFolder, "jaeger");
  const path = join(folder, "jaeger");
  if (existsSync(path)) return { path };
  try {
    mkdirSync(folder, { recursive: true });
    const listing = execFileSync(
      "go",
      ["mod", "download", "-json", "github.com/jaegertracing/jaeger@v1.76.0"],
      {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    const source = join(folder, "src");
    rmSync(source, { recursive: true, force: true });
    // The module has replace directives: it builds only as the main module, from a writable copy.
    execFileSync("cp", ["-r", (JSON.parse(listing) as { Dir: string }).Dir, source]);
    execFileSync("chmod", ["-R", "u+w", source]);
    execFileSync("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", path, "./cmd/jaeger"], {
      cwd: source,
      env: { ...process.env, GOFLAGS: "-buildvcs=false" },
      stdio: "ignore",
    });
    rmSync(source, { recursive: true, force: true });
    return { path };
  } catch (error) {
    return { missing: `Jaeger could not be built: ${(error as Error).message.split("\n")[0]}` };
  }
}
