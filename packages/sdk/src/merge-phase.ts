import type { Attributes, AttributeValue } from "@opentelemetry/api";
import {
  areAlike,
  type Footprint,
  type FootprintAttribute,
  type PhaseDescription,
  type PhaseFigure,
  phaseAttributes,
  phaseFigures,
} from "@wattspan/footprint";
import type { AttributeDetail } from "@wattspan/semconv";
import { plainValueOf } from "./merge-attributes.ts";

/** Kinds of phase whose attributes are kept ready. */
const MAX_TEMPLATES = 16;

/** The attributes of one kind of phase. */
interface Template {
  /** Keys of the spans as they ended, in order. */
  readonly keys: readonly string[];
  /** Those of them that stand. */
  readonly kept: readonly string[];
  readonly footprint: Footprint;
  readonly description: PhaseDescription;
  /** Which figures there are, by their place. */
  readonly known: number;
  readonly object: Attributes;
}

/**
 * Creates a function that gives the attributes of a phase's span with those of its footprint, the same as merging
 * `phaseAttributes`. Phases alike differ in a few numbers: a ready object is copied and they are set in it.
 */
export function createPhaseMerger(
  detail: AttributeDetail,
): (attributes: Attributes, footprint: Footprint, description: PhaseDescription) => Attributes {
  const figures = phaseFigures(detail);
  const values: (number | undefined)[] = figures.map(() => undefined);
  const templates: Template[] = [];

  function templateOf(
    attributes: Attributes,
    footprint: Footprint,
    description: PhaseDescription,
    known: number,
  ): Template {
    for (const template of templates) {
      if (
        template.known === known &&
        areAlike(footprint, description, template.footprint, template.description) &&
        hasKeys(attributes, template.keys)
      ) {
        return template;
      }
    }
    const added = phaseAttributes(footprint, description, detail);
    const template = createTemplate(attributes, footprint, description, known, added);
    templates.unshift(template);
    if (templates.length > MAX_TEMPLATES) templates.pop();
    return template;
  }

  return (attributes, footprint, description) => {
    const known = evaluate(figures, values, footprint, description);
    const { object, kept } = templateOf(attributes, footprint, description, known);
    const merged = { ...object };
    for (const key of kept) merged[key] = attributes[key];
    for (let i = 0; i < figures.length; i++) {
      if (values[i] !== undefined) merged[(figures[i] as PhaseFigure).key] = values[i];
    }
    return merged;
  };
}

/** Puts the figures of a phase in `values`; a bit of the result says of each whether it is known. */
function evaluate(
  figures: readonly PhaseFigure[],
  values: (number | undefined)[],
  footprint: Footprint,
  description: PhaseDescription,
): number {
  let known = 0;
  for (let i = 0; i < figures.length; i++) {
    const value = (figures[i] as PhaseFigure).of(footprint, description);
    values[i] = value;
    if (value !== undefined) known |= 1 << i;
  }
  return known;
}

function createTemplate(
  attributes: Attributes,
  footprint: Footprint,
  description: PhaseDescription,
  known: number,
  added: readonly FootprintAttribute[],
): Template {
  const keys = Object.keys(attributes);
  const values = new Map<string, AttributeValue>(keys.map((key) => [key, ""]));
  for (const { key, value } of added) values.set(key, plainValueOf(value));
  const ours = new Set(added.map(({ key }) => key));
  return {
    keys,
    kept: keys.filter((key) => !ours.has(key)),
    footprint,
    description,
    known,
    // An object that grows by many keys becomes a hash table, and copies of it too: slow, and thrice as large.
    object: Object.fromEntries(values),
  };
}

function hasKeys(attributes: Attributes, keys: readonly string[]): boolean {
  let i = 0;
  for (const key in attributes) if (keys[i++] !== key) return false;
  return i === keys.length;
}
