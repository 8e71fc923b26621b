/** How strongly a convention asks for an attribute, in OpenTelemetry's words. */
export type RequirementLevel = "required" | "conditionally_required" | "recommended" | "opt_in";

/** How much is written: required keys only, also the recommended ones, or also the opt-in ones. */
export type AttributeDetail = "minimal" | "standard" | "full";

const levelsOf: Readonly<Record<AttributeDetail, readonly RequirementLevel[]>> = {
  minimal: ["required", "conditionally_required"],
  standard: ["required", "conditionally_required", "recommended"],
  full: ["required", "conditionally_required", "recommended", "opt_in"],
};

const selected = new WeakMap<object, Map<AttributeDetail, ReadonlySet<string>>>();

/** The keys of `levels` to write at `detail`, in the order of `levels`; a condition is not judged. */
export function selectAttributes<Key extends string>(
  levels: Readonly<Record<Key, RequirementLevel>>,
  detail: AttributeDetail,
): ReadonlySet<Key> {
  const byDetail = selected.get(levels) ?? new Map<AttributeDetail, ReadonlySet<string>>();
  selected.set(levels, byDetail);
  const known = byDetail.get(detail) as ReadonlySet<Key> | undefined;
  if (known !== undefined) return known;
  const wanted = levelsOf[detail];
  const keys = new Set(
    (Object.keys(levels) as Key[]).filter((key) => wanted.includes(levels[key])),
  );
  byDetail.set(detail, keys);
  return keys;
}
