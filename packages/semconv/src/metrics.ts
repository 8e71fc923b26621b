// Generated from packages/semconv/model by `node packages/semconv/dist/generate/main.js`.

/**
 * Measured device energy by what became of it. Instrument updowncounter, unit `J`.
 *
 * The sum over `footprint.attribution.state` equals the increase of `hw.energy` of the same
 * devices. Late spans move energy from one state to another, so a single state may decrease.
 */
export const METRIC_FOOTPRINT_DEVICE_ENERGY = "footprint.device.energy" as const;

/**
 * Emissions (CO2 equivalent) of the work that engines counted, whether their requests were traced
 * or not. Instrument updowncounter, unit `g`.
 */
export const METRIC_FOOTPRINT_FLEET_CARBON = "footprint.fleet.carbon" as const;

/**
 * Energy of the work that engines counted, whether their requests were traced or not. Instrument
 * updowncounter, unit `J`.
 *
 * After PUE, like `footprint.energy.total`; what a token takes is the quotient of the rates of this
 * and of `footprint.fleet.tokens`. Not to be added to `footprint.inference.energy`, which is
 * contained in it.
 */
export const METRIC_FOOTPRINT_FLEET_ENERGY = "footprint.fleet.energy" as const;

/**
 * Tokens that engines counted while their devices were read, whether their requests were traced or
 * not. Instrument updowncounter, unit `{token}`.
 *
 * Cached prompt tokens are not computed and not counted.
 */
export const METRIC_FOOTPRINT_FLEET_TOKENS = "footprint.fleet.tokens" as const;

/** Carbon intensity (CO2 equivalent) in use. Instrument gauge, unit `g/(kW.h)`. */
export const METRIC_FOOTPRINT_GRID_CARBON_INTENSITY = "footprint.grid.carbon_intensity" as const;

/**
 * Emissions (CO2 equivalent) attributed to one phase of one request. Instrument histogram, unit
 * `g`.
 *
 * The value is that of `footprint.carbon.operational`, location-based. Recorded once, when the
 * figure is final; corrections go to `footprint.restatement.carbon`. Configured dimensions, such as
 * the tenant, are added.
 */
export const METRIC_FOOTPRINT_INFERENCE_CARBON = "footprint.inference.carbon" as const;

/**
 * Lower bounds of the emissions (CO2 equivalent) recorded in `footprint.inference.carbon`, summed.
 * Instrument counter, unit `g`.
 *
 * Where the truth lies 90 times in 100, by measured priors; summed as if all figures erred the same
 * way. Not corrected later.
 */
export const METRIC_FOOTPRINT_INFERENCE_CARBON_LOWER = "footprint.inference.carbon_lower" as const;

/**
 * Upper bounds of the emissions (CO2 equivalent) recorded in `footprint.inference.carbon`, summed.
 * Instrument counter, unit `g`.
 *
 * Absent where an energy has no upper bound. Not corrected later.
 */
export const METRIC_FOOTPRINT_INFERENCE_CARBON_UPPER = "footprint.inference.carbon_upper" as const;

/** Price of the energy of phases, in units of a currency. Instrument counter, unit `1`. */
export const METRIC_FOOTPRINT_INFERENCE_COST = "footprint.inference.cost" as const;

/**
 * Share of phases in the emissions (CO2 equivalent) of making their devices. Instrument counter,
 * unit `g`.
 *
 * The central figure; published ones of one device differ 3.5 times. Not operational, and in no
 * figure of Scope 2. Not corrected later.
 */
export const METRIC_FOOTPRINT_INFERENCE_EMBODIED_CARBON =
  "footprint.inference.embodied_carbon" as const;

/**
 * Energy attributed to one phase of one request. Instrument histogram, unit `J`.
 *
 * The value is that of `footprint.energy.total`. Recorded once, when the figure is final;
 * corrections go to `footprint.restatement.energy`. Configured dimensions, such as the tenant, are
 * added.
 */
export const METRIC_FOOTPRINT_INFERENCE_ENERGY = "footprint.inference.energy" as const;

/**
 * Market-based emissions (CO2 equivalent) of the energy of phases, by the contracts of their
 * machines. Instrument counter, unit `g`.
 *
 * Beside `footprint.inference.carbon`, which is location-based: MUST NOT be added to it nor
 * subtracted from it. Energy after the end of a contract has none. Not corrected later.
 */
export const METRIC_FOOTPRINT_INFERENCE_MARKET_CARBON =
  "footprint.inference.market_carbon" as const;

/** Tokens computed in a phase. Instrument counter, unit `{token}`. */
export const METRIC_FOOTPRINT_INFERENCE_TOKENS = "footprint.inference.tokens" as const;

/**
 * Time from the end of a span to the release of its enriched copy. Instrument histogram, unit `s`.
 */
export const METRIC_FOOTPRINT_JOIN_DELAY = "footprint.join.delay" as const;

/** Spans that left the join, by outcome. Instrument counter, unit `{span}`. */
export const METRIC_FOOTPRINT_JOIN_SPANS = "footprint.join.spans" as const;

/**
 * Signed corrections of emissions (CO2 equivalent) recorded earlier in
 * `footprint.inference.carbon`. Instrument updowncounter, unit `g`.
 */
export const METRIC_FOOTPRINT_RESTATEMENT_CARBON = "footprint.restatement.carbon" as const;

/**
 * Signed corrections of energy recorded earlier in `footprint.inference.energy`. Instrument
 * updowncounter, unit `J`.
 */
export const METRIC_FOOTPRINT_RESTATEMENT_ENERGY = "footprint.restatement.energy" as const;
