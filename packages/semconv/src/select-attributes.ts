/** How strongly a convention asks for an attribute, in OpenTelemetry's words. */
export type RequirementLevel = "required" | "conditionally_required" | "recommended" | "opt_in";

/** How much is written: required keys only, also the recommended ones, or also the opt-in ones. */
export type AttributeDetail = "minimal" | "standard" | "full";

const levelsOf: Readonly<Record<AttributeDetail, readonly RequirementLevel[]>> = {
  minimal: ["required", "conditionally_required"],
  standard: ["required", "conditionally_required", "recommended"],
  full: ["required", "conditionally_required", "recommended", "opt_in"],
};

/** The keys of `levels` to write at `detail`, in the order of `levels`; a condition is not judged. */
export function selectAttributes<Key extends string>(
  levels: Readonly<Record<Key, RequirementLevel>>,
  detail: AttributeDetail,
): ReadonlySet<Key> {
  const wanted = levelsOf[detail];
  const keys = Object.keys(levels) as Key[];
  return new Set(keys.filter((key) => wanted.includes(levels[key])));
}
