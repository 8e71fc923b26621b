import type { FileConfig } from "./config.ts";
import { chainOf, type GridProviderName } from "./grid.ts";
import type { Problem } from "./problem.ts";

/** Providers whose answers are known from documentation alone, never tried on a real one. */
export const UNVERIFIED_PROVIDERS: ReadonlySet<string> = new Set<GridProviderName>([
  "watttime",
  "neso",
  "entso_e",
  "eia",
]);

/** Providers in use whose format was read in documentation only. */
export function gridWarnings({ grid }: FileConfig): readonly Problem[] {
  return chainOf(grid)
    .filter((name) => UNVERIFIED_PROVIDERS.has(name))
    .map((name) => {
      const path = grid.source === name ? "grid.source" : "grid.fallback";
      const message = `${name} is unverified: written from its documentation, never tried on a real answer`;
      return { path, message };
    });
}
