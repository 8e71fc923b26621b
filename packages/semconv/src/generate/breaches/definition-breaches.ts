import {
  attribute,
  attributeWith,
  type Breaches,
  change,
  found,
  groupWith,
  metricWith,
  span,
  spanWith,
} from "./draft.ts";

const energy = "footprint.inference.energy";
const total = "footprint.energy.total";
const zone = "footprint.grid.zone";

/** Ways to break the rules about the text, units and fields of definitions. */
export const definitionBreaches: Breaches = {
  brief_ends_with_period: [
    ["attribute", zone, attributeWith(zone, { brief: "The zone" })],
    ["metric", energy, metricWith(energy, { brief: "Energy" })],
    ["span", "footprint.inference_phase", spanWith({ brief: "" })],
    ["public group", "footprint.trace", groupWith("footprint.trace", { brief: undefined })],
    [
      "enum value",
      "footprint.attribution.state.attributed",
      (draft) => {
        const { type } = attribute(draft, "footprint.attribution.state");
        change(found(typeof type === "string" ? undefined : type.members[0]), { brief: "Idle" });
      },
    ],
  ],
  unit: [
    ["none on a number", total, attributeWith(total, { annotations: undefined })],
    ["not in the brief", total, attributeWith(total, { brief: "Energy." })],
    ["on a string", zone, attributeWith(zone, { annotations: { unit: "J" } })],
    ["with a prefix", energy, metricWith(energy, { unit: "kJ" })],
    [
      "grams of nothing",
      "footprint.inference.carbon",
      metricWith("footprint.inference.carbon", { brief: "Emissions." }),
    ],
  ],
  examples: [
    ["none", zone, attributeWith(zone, { examples: undefined })],
    ["string for a double", total, attributeWith(total, { examples: ["58.5"] })],
    [
      "fraction for an int",
      "footprint.device.count",
      attributeWith("footprint.device.count", { examples: [1.5] }),
    ],
    [
      "scalar for an array",
      "footprint.device.ids",
      attributeWith("footprint.device.ids", { examples: ["GPU-1"] }),
    ],
  ],
  known_fields: [
    ["attribute", zone, attributeWith(zone, { notes: "" })],
    ["metric", energy, metricWith(energy, { value: 1 })],
    [
      "use",
      "footprint.inference.phase",
      (draft) => change(found(span(draft).attributes?.[0]), { level: "required" }),
    ],
  ],
  schema_url: [
    [
      "no version",
      "manifest",
      (draft) => change(draft.manifest, { schema_url: "https://wattspan.dev/schemas" }),
    ],
  ],
};
