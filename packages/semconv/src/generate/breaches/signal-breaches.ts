import {
  attribute,
  attributeWith,
  type Breaches,
  change,
  type Draft,
  type DraftEntry,
  found,
  groupWith,
  metric,
  metricWith,
  span,
  spanWith,
} from "./draft.ts";

const energy = "footprint.inference.energy";
const phase = "footprint.inference_phase";
const zone = "footprint.grid.zone";

/** Ways to break the rules about signals and the attributes they use. */
export const signalBreaches: Breaches = {
  any_type: [["on a metric", energy, attributeWith("gen_ai.request.model", { type: "any" })]],
  dangling_ref: [
    ["attribute", phase, spanUsing({ ref: "footprint.none", requirement_level: "opt_in" })],
    ["group", phase, spanUsing({ ref_group: "footprint.none" })],
  ],
  unused: [
    [
      "attribute",
      "footprint.grid.spare",
      (draft) => draft.attributes.push({ ...attribute(draft, zone), key: "footprint.grid.spare" }),
    ],
    [
      "internal group",
      "attributes.spare",
      (draft) =>
        draft.attribute_groups.push({
          id: "attributes.spare",
          visibility: "internal",
          attributes: [{ ref: zone, requirement_level: "opt_in" }],
        }),
    ],
  ],
  duplicate_ref: [
    [
      "beside its group",
      phase,
      spanUsing({ ref: "footprint.measurement.status", requirement_level: "required" }),
    ],
  ],
  requirement_level: [
    ["none on a use", phase, firstUseWith({ requirement_level: undefined })],
    ["unknown", phase, firstUseWith({ requirement_level: "optional" })],
    ["no condition", phase, firstUseWith({ requirement_level: "conditionally_required" })],
    ["none on a span", phase, spanWith({ requirement_level: undefined })],
    ["none on a metric", energy, metricWith(energy, { requirement_level: undefined })],
  ],
  stability: [
    ["stable span", phase, spanWith({ stability: "stable" })],
    ["metric a step ahead", energy, metricWith(energy, { stability: "alpha" })],
    ["group without", "footprint.trace", groupWith("footprint.trace", { stability: undefined })],
  ],
  high_cardinality: [
    ["hw.id", energy, metricUsing("hw.id", "recommended")],
    ["device ids", energy, metricUsing("footprint.device.ids", "recommended")],
    ["a measurement", energy, metricUsing("footprint.facility.pue", "required")],
  ],
  span_kind: [
    ["unknown", phase, spanWith({ kind: "inner" })],
    ["two", phase, spanWith({ kind: ["internal", "server"] })],
    ["none", phase, spanWith({ kind: undefined })],
  ],
  instrument: [["unknown", energy, metricWith(energy, { instrument: "summary" })]],
};

function spanUsing(entry: DraftEntry): (draft: Draft) => void {
  return (draft) => span(draft).attributes?.push(entry);
}

function firstUseWith(fields: object): (draft: Draft) => void {
  return (draft) => change(found(span(draft).attributes?.[0]), fields);
}

function metricUsing(ref: string, level: "required" | "recommended"): (draft: Draft) => void {
  return (draft) => metric(draft, energy).attributes?.push({ ref, requirement_level: level });
}
