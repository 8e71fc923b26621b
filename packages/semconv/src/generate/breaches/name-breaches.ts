import {
  attribute,
  attributeWith,
  type Breaches,
  groupWith,
  metric,
  metricWith,
  renamed,
  spanWith,
  withMember,
} from "./draft.ts";

const energy = "footprint.inference.energy";
const delay = "footprint.join.delay";
const zone = "footprint.grid.zone";

/** Ways to break the rules about names. */
export const nameBreaches: Breaches = {
  name_format: [
    ["upper case", "footprint.grid.Zone", renamed(zone, "footprint.grid.Zone")],
    ["double delimiter", "footprint.grid..zone", renamed(zone, "footprint.grid..zone")],
    ["metric with a dash", "footprint.a-b", metricWith(delay, { name: "footprint.a-b" })],
    ["span that ends in a dot", "footprint.phase.", spanWith({ type: "footprint.phase." })],
    [
      "dot in an enum id",
      `${zone}_type.a.b`,
      (draft) => {
        renamed("footprint.grid.signal_type", `${zone}_type`)(draft);
        withMember(`${zone}_type`, "a.b", "ab")(draft);
      },
    ],
  ],
  attribute_in_namespace: [["no dot", "zone", renamed(zone, "zone")]],
  attribute_as_namespace: [
    [
      "provider and provider.name",
      "footprint.grid.provider",
      renamed(zone, "footprint.grid.provider"),
    ],
  ],
  metric_as_namespace: [
    ["energy and energy.share", energy, metricWith(delay, { name: `${energy}.share` })],
  ],
  own_namespace: [
    ["attribute of others", "gen_ai.energy", renamed("footprint.energy.total", "gen_ai.energy")],
    ["metric of others", "hw.gpu.delay", metricWith(delay, { name: "hw.gpu.delay" })],
    ["span of others", "gen_ai.phase", spanWith({ type: "gen_ai.phase" })],
    ["group of others", "energy.trace", groupWith("footprint.trace", { id: "energy.trace" })],
    ["own stub", zone, attributeWith(zone, { annotations: { stub_of: "elsewhere" } })],
    ["stub without source", "hw.type", attributeWith("hw.type", { annotations: {} })],
  ],
  duplicate_definition: [
    ["attribute", zone, (draft) => draft.attributes.push(attribute(draft, zone))],
    ["metric", energy, (draft) => draft.metrics.push(metric(draft, energy))],
  ],
  constant_collision: [
    ["dot and underscore", "footprint.inference_phase", renamed(zone, "footprint.inference_phase")],
    [
      "enum ids",
      "footprint.grid.provider.name.entso.e",
      withMember("footprint.grid.provider.name", "entso.e", "entso.e"),
    ],
  ],
  enum_id_collision: [
    [
      "same id",
      "footprint.inference.phase",
      withMember("footprint.inference.phase", "decode", "x"),
    ],
  ],
  enum_value_collision: [
    [
      "same value",
      "footprint.inference.phase",
      withMember("footprint.inference.phase", "x", "decode"),
    ],
  ],
  no_total: [
    [
      "underscore",
      "footprint.energy_total",
      metricWith(energy, { name: "footprint.energy_total" }),
    ],
    ["dot", "footprint.energy.total", metricWith(energy, { name: "footprint.energy.total" })],
  ],
  no_unit_in_name: [
    [
      "metric",
      "footprint.inference.joules",
      metricWith(energy, { name: "footprint.inference.joules" }),
    ],
    [
      "attribute",
      "footprint.interval_ms",
      renamed("footprint.measurement.interval", "footprint.interval_ms"),
    ],
  ],
  plural: [
    [
      "singular array",
      "footprint.device.id",
      renamed("footprint.device.ids", "footprint.device.id"),
    ],
    ["plural scalar", "footprint.grid.zones", renamed(zone, "footprint.grid.zones")],
    [
      "singular count",
      "footprint.join.span",
      metricWith("footprint.join.spans", { name: "footprint.join.span" }),
    ],
    [
      "plural metric",
      "footprint.join.delays",
      metricWith(delay, { name: "footprint.join.delays" }),
    ],
  ],
};
