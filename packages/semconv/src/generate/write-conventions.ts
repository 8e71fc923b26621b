import { areaOf, writeAttributeDetails } from "./conventions/write-attribute-details.ts";
import { code, typeName } from "./conventions/write-attribute-table.ts";
import { writeMetricSections } from "./conventions/write-metric-sections.ts";
import { writeGroupSections, writeSpanSections } from "./conventions/write-span-sections.ts";
import { writeTable } from "./conventions/write-table.ts";
import type { Registry } from "./registry.ts";
import { ownAttributes } from "./write-attributes.ts";

/** The conventions page, in Markdown: spans, roll-ups, metrics, then each attribute. */
export function writeConventions(registry: Registry): string {
  const areas = [...new Set(ownAttributes(registry).map(({ key }) => areaOf(key)))];
  return `${[
    ...introduction(registry),
    "## Spans",
    ...writeSpanSections(registry),
    "## Roll-ups",
    "Attributes set on spans that exist already.",
    ...writeGroupSections(registry),
    "## Metrics",
    ...writeMetricSections(registry),
    "## Attributes",
    ...areas.flatMap((area) => writeAttributeDetails(registry, area)),
    "## Names of others",
    "Used above as they are; their owners define them.",
    upstreamTable(registry),
  ].join("\n\n")}\n`;
}

function introduction({ manifest }: Registry): readonly string[] {
  return [
    "<!-- Generated from packages/semconv/model by `node packages/semconv/dist/generate/main.js`. -->",
    "# Conventions",
    "The spans, attributes and metrics that Wattspan adds to telemetry. " +
      `Schema URL: \`${manifest.schema_url}\`. Everything is in development until 1.0.`,
    [
      "- Energy is in joules and emissions in grams of CO2 equivalent, everywhere.",
      "- Values of phase spans are exclusive: a sum over the spans of a trace counts each joule once.",
      "- `footprint.request.*` and `footprint.trace.*` are inclusive totals and are not to be added to them.",
      "- A figure that is not known is absent, never 0, and `footprint.measurement.status` says so.",
      "- Tokens per joule is not stored, since a ratio cannot be averaged: divide two sums instead.",
    ].join("\n"),
    "An attribute is written by its requirement level and the detail that is configured:",
    writeTable(
      ["detail", "levels written"],
      [
        ["`minimal`", "required, conditionally required"],
        ["`standard`", "also recommended"],
        ["`full`", "also opt-in"],
      ],
    ),
  ];
}

function upstreamTable(registry: Registry): string {
  const rows = registry.attributes.flatMap(({ key, type, annotations }) =>
    annotations?.stub_of === undefined
      ? []
      : [[code(key), typeName(type), `<${annotations.stub_of}>`]],
  );
  return writeTable(["attribute", "type", "defined by"], rows);
}
