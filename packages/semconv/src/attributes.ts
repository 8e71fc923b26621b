// Generated from packages/semconv/model by `node packages/semconv/dist/generate/main.js`.
// biome-ignore-all lint/style/noExcessiveLinesPerFile: one list of names.

/** What was done with the baseline draw of the devices. */
export const ATTR_FOOTPRINT_ATTRIBUTION_IDLE_POLICY = "footprint.attribution.idle_policy" as const;

/** Baseline draw is reported apart and not assigned to phases. */
export const FOOTPRINT_ATTRIBUTION_IDLE_POLICY_VALUE_SEPARATE = "separate" as const;

/** Baseline draw is shared by the phases open at the time. */
export const FOOTPRINT_ATTRIBUTION_IDLE_POLICY_VALUE_SHARED = "shared" as const;

/** Baseline draw is not known; all energy counts as dynamic while a phase is open. */
export const FOOTPRINT_ATTRIBUTION_IDLE_POLICY_VALUE_INCLUDED = "included" as const;

/** How shared device energy was divided among concurrent spans. */
export const ATTR_FOOTPRINT_ATTRIBUTION_METHOD = "footprint.attribution.method" as const;

/** No other phase used the devices in the window. */
export const FOOTPRINT_ATTRIBUTION_METHOD_VALUE_EXCLUSIVE = "exclusive" as const;

/** Energy split evenly over the phases open at the same time. */
export const FOOTPRINT_ATTRIBUTION_METHOD_VALUE_TIME_WEIGHTED = "time_weighted" as const;

/** Energy split by tokens computed. */
export const FOOTPRINT_ATTRIBUTION_METHOD_VALUE_TOKEN_WEIGHTED = "token_weighted" as const;

/** Energy split by tokens computed, a decode token counting for more than a prefill token. */
export const FOOTPRINT_ATTRIBUTION_METHOD_VALUE_PRICE_WEIGHTED = "price_weighted" as const;

/** Energy split by modelled compute and memory traffic. */
export const FOOTPRINT_ATTRIBUTION_METHOD_VALUE_ROOFLINE_WEIGHTED = "roofline_weighted" as const;

/** Energy of each forward pass split by that pass's own composition. */
export const FOOTPRINT_ATTRIBUTION_METHOD_VALUE_PASS_WEIGHTED = "pass_weighted" as const;

/** No meter; energy computed from a device model. */
export const FOOTPRINT_ATTRIBUTION_METHOD_VALUE_MODEL_BASED = "model_based" as const;

/**
 * Why measured energy is unattributed, or why a figure is partial, provisional or missing.
 *
 * `sampled`: the load beside the phase is known by what the sampled traces stand for; `unsampled`:
 * it is known to be more than spans show, and not by how much; of energy, work that no span shows.
 *
 * @example "sampled"
 */
export const ATTR_FOOTPRINT_ATTRIBUTION_REASON = "footprint.attribution.reason" as const;

/** What became of measured energy. */
export const ATTR_FOOTPRINT_ATTRIBUTION_STATE = "footprint.attribution.state" as const;

/** Assigned to a span. */
export const FOOTPRINT_ATTRIBUTION_STATE_VALUE_ATTRIBUTED = "attributed" as const;

/** Baseline draw, under load or with nothing running. */
export const FOOTPRINT_ATTRIBUTION_STATE_VALUE_IDLE = "idle" as const;

/** Measured but not assignable. */
export const FOOTPRINT_ATTRIBUTION_STATE_VALUE_UNATTRIBUTED = "unattributed" as const;

/** How energy was distributed in time inside a meter interval. */
export const ATTR_FOOTPRINT_ATTRIBUTION_TIME_SHAPE = "footprint.attribution.time_shape" as const;

/** Energy is even between two meter readings. */
export const FOOTPRINT_ATTRIBUTION_TIME_SHAPE_VALUE_UNIFORM = "uniform" as const;

/** Baseline all along, the rest over the time with a phase open. */
export const FOOTPRINT_ATTRIBUTION_TIME_SHAPE_VALUE_BUSY = "busy" as const;

/**
 * Energy between two meter readings follows fitted phase powers; the total of the interval is
 * unchanged.
 */
export const FOOTPRINT_ATTRIBUTION_TIME_SHAPE_VALUE_REGRESSED = "regressed" as const;

/**
 * Share of hardware manufacturing emissions of this span alone, in grams of CO2 equivalent.
 *
 * On a restatement span, the signed difference to the figure sent before.
 *
 * @example 0.0011
 */
export const ATTR_FOOTPRINT_CARBON_EMBODIED = "footprint.carbon.embodied" as const;

/**
 * Operational emissions of this span alone, in grams of CO2 equivalent.
 *
 * On a restatement span, the signed difference to the figure sent before.
 *
 * @example 0.0062
 */
export const ATTR_FOOTPRINT_CARBON_OPERATIONAL = "footprint.carbon.operational" as const;

/**
 * Emissions of this span alone, in grams of CO2 equivalent.
 *
 * The operational emissions, and the embodied ones where `footprint.carbon.embodied` is set. On a
 * restatement span, the signed difference to the figure sent before.
 *
 * @example 0.0073
 */
export const ATTR_FOOTPRINT_CARBON_TOTAL = "footprint.carbon.total" as const;

/**
 * ISO 4217 code of the currency of a cost.
 *
 * @example "EUR"
 */
export const ATTR_FOOTPRINT_COST_CURRENCY = "footprint.cost.currency" as const;

/**
 * The number of accelerators that did the work.
 *
 * @example 1
 */
export const ATTR_FOOTPRINT_DEVICE_COUNT = "footprint.device.count" as const;

/**
 * Identifiers of the accelerators that did the work.
 *
 * Each value SHOULD equal the `hw.id` of that accelerator in the energy metrics.
 *
 * @example ["GPU-5fd4f087-86f3-7a43-b711-4771313afc50"]
 */
export const ATTR_FOOTPRINT_DEVICE_IDS = "footprint.device.ids" as const;

/**
 * Accelerator energy attributed to this span alone, in joules.
 *
 * Child spans are not included, so values of the spans of one trace can be added. On a restatement
 * span, the signed difference to the figure sent before.
 *
 * @example 41.7
 */
export const ATTR_FOOTPRINT_ENERGY_ACCELERATOR = "footprint.energy.accelerator" as const;

/**
 * Energy of the rest of the node (CPU, memory, fans, network) attributed to this span alone, in
 * joules.
 *
 * On a restatement span, the signed difference to the figure sent before.
 *
 * @example 9.2
 */
export const ATTR_FOOTPRINT_ENERGY_HOST = "footprint.energy.host" as const;

/**
 * The part of accelerator and host energy of this span that is its share of baseline draw, in
 * joules.
 *
 * It is contained in the accelerator and host values and MUST NOT be added to them.
 *
 * @example 12
 */
export const ATTR_FOOTPRINT_ENERGY_IDLE = "footprint.energy.idle" as const;

/**
 * Lower bound of `footprint.energy.total`, in joules.
 *
 * Bound given meter tick, sampling gaps, clock skew and sensor error. It is a bound, not a part,
 * and MUST NOT be added to the other energy values of the span.
 *
 * @example 52.1
 */
export const ATTR_FOOTPRINT_ENERGY_LOWER = "footprint.energy.lower" as const;

/** How the device energy was obtained. */
export const ATTR_FOOTPRINT_ENERGY_SOURCE = "footprint.energy.source" as const;

/** Difference of a cumulative hardware energy counter. */
export const FOOTPRINT_ENERGY_SOURCE_VALUE_ENERGY_COUNTER = "energy_counter" as const;

/** Power samples integrated over time. */
export const FOOTPRINT_ENERGY_SOURCE_VALUE_POWER_INTEGRATION = "power_integration" as const;

/** No meter; computed from a model such as TDP and load. */
export const FOOTPRINT_ENERGY_SOURCE_VALUE_MODEL = "model" as const;

/**
 * Energy used for the carbon figure, (accelerator + host) x PUE, in joules.
 *
 * On a restatement span, the signed difference to the figure sent before.
 *
 * @example 58.5
 */
export const ATTR_FOOTPRINT_ENERGY_TOTAL = "footprint.energy.total" as const;

/**
 * Upper bound of `footprint.energy.total`, in joules.
 *
 * Bound given meter tick, sampling gaps, clock skew and sensor error. It is a bound, not a part,
 * and MUST NOT be added to the other energy values of the span.
 *
 * @example 64.9
 */
export const ATTR_FOOTPRINT_ENERGY_UPPER = "footprint.energy.upper" as const;

/**
 * All metered energy of the devices while a phase without a cost weight was open, in joules.
 *
 * For phases that are charged nothing, such as `kv_transfer`, to show what the devices used
 * meanwhile. The same energy is attributed to other phases or stands apart, so it enters no sum and
 * MUST NOT be added to any other value.
 *
 * @example 3.4
 */
export const ATTR_FOOTPRINT_ENERGY_WINDOW = "footprint.energy.window" as const;

/**
 * Power usage effectiveness of the site, a dimensionless ratio of at least 1.
 *
 * It MAY be set on the resource instead. Absent where a span crosses sites.
 *
 * @example 1.12
 */
export const ATTR_FOOTPRINT_FACILITY_PUE = "footprint.facility.pue" as const;

/**
 * Water usage effectiveness of the site, in litres per kilowatt-hour of IT energy.
 *
 * It MAY be set on the resource instead.
 *
 * @example 0.2
 */
export const ATTR_FOOTPRINT_FACILITY_WUE = "footprint.facility.wue" as const;

/**
 * Engines that do the same work, such as the prefill workers of one model.
 *
 * @example "prefill"
 */
export const ATTR_FOOTPRINT_FLEET_POOL = "footprint.fleet.pool" as const;

/**
 * Scope of the GHG Protocol that the electricity of a figure counts in.
 *
 * `2` for one's own machines, `3.1` (purchased goods and services) for those of a cloud. Embodied
 * emissions are in neither.
 *
 * @example "2"
 */
export const ATTR_FOOTPRINT_GHG_SCOPE = "footprint.ghg.scope" as const;

/** GHG Protocol Scope 2 method behind the intensity. */
export const ATTR_FOOTPRINT_GRID_ACCOUNTING_METHOD = "footprint.grid.accounting_method" as const;

/** Location-based method. */
export const FOOTPRINT_GRID_ACCOUNTING_METHOD_VALUE_LOCATION_BASED = "location_based" as const;

/** Market-based method. */
export const FOOTPRINT_GRID_ACCOUNTING_METHOD_VALUE_MARKET_BASED = "market_based" as const;

/**
 * Carbon intensity used for the figure, in grams of CO2 equivalent per kilowatt-hour.
 *
 * On a span that crosses factors or sites, the energy-weighted mean.
 *
 * @example 381
 */
export const ATTR_FOOTPRINT_GRID_CARBON_INTENSITY = "footprint.grid.carbon_intensity" as const;

/**
 * How good the intensity value is.
 *
 * The values are listed best first.
 */
export const ATTR_FOOTPRINT_GRID_DATA_STATUS = "footprint.grid.data_status" as const;

/** Measured value that the provider no longer revises. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_MEASURED_FINAL = "measured_final" as const;

/** Measured value, still provisional. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_MEASURED = "measured" as const;

/** Value estimated by the provider. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_ESTIMATED = "estimated" as const;

/** Forecast issued for that interval. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_FORECAST = "forecast" as const;

/** Nearest measured value, at most an hour away. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_STALE = "stale" as const;

/** Typical value of that hour from a profile. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_PROFILE = "profile" as const;

/** Yearly value of the grid zone. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_YEARLY_ZONE = "yearly_zone" as const;

/** Yearly value of a larger subregion. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_YEARLY_SUBREGION = "yearly_subregion" as const;

/** Yearly value of the country. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_YEARLY_COUNTRY = "yearly_country" as const;

/** World average. */
export const FOOTPRINT_GRID_DATA_STATUS_VALUE_WORLD = "world" as const;

/**
 * Start of the interval for which the intensity value holds, in ISO 8601 format.
 *
 * @example "2026-11-24T07:00:00Z"
 */
export const ATTR_FOOTPRINT_GRID_DATA_TIME = "footprint.grid.data_time" as const;

/** What emissions of generation the intensity covers. */
export const ATTR_FOOTPRINT_GRID_EMISSION_FACTOR_TYPE =
  "footprint.grid.emission_factor_type" as const;

/** Life-cycle emissions of generation. */
export const FOOTPRINT_GRID_EMISSION_FACTOR_TYPE_VALUE_LIFECYCLE = "lifecycle" as const;

/** Direct (stack) emissions only. */
export const FOOTPRINT_GRID_EMISSION_FACTOR_TYPE_VALUE_DIRECT = "direct" as const;

/**
 * Identifier of the emission factor record that was used.
 *
 * The record holds the value, zone, interval, source, dataset version, vintage, licence, gas and
 * accounting. Absent where a span crosses factors.
 *
 * @example "electricity_maps/2025/FR/yearly"
 */
export const ATTR_FOOTPRINT_GRID_FACTOR_ID = "footprint.grid.factor_id" as const;

/**
 * The source of the intensity value.
 *
 * If none of the listed values applies, a custom value MAY be used.
 */
export const ATTR_FOOTPRINT_GRID_PROVIDER_NAME = "footprint.grid.provider.name" as const;

/** A bundled or configured constant or table. */
export const FOOTPRINT_GRID_PROVIDER_NAME_VALUE_STATIC = "static" as const;

/** Electricity Maps. */
export const FOOTPRINT_GRID_PROVIDER_NAME_VALUE_ELECTRICITY_MAPS = "electricity_maps" as const;

/** National Energy System Operator of Great Britain, Carbon Intensity API. */
export const FOOTPRINT_GRID_PROVIDER_NAME_VALUE_NESO = "neso" as const;

/** WattTime. */
export const FOOTPRINT_GRID_PROVIDER_NAME_VALUE_WATTTIME = "watttime" as const;

/** ENTSO-E Transparency Platform. */
export const FOOTPRINT_GRID_PROVIDER_NAME_VALUE_ENTSO_E = "entso_e" as const;

/** United States Energy Information Administration. */
export const FOOTPRINT_GRID_PROVIDER_NAME_VALUE_EIA = "eia" as const;

/** A source of the operator's own. */
export const FOOTPRINT_GRID_PROVIDER_NAME_VALUE_CUSTOM = "custom" as const;

/**
 * Whether the intensity is an average or a marginal factor.
 *
 * The two are never mixed in one figure. Figures on spans are average ones.
 */
export const ATTR_FOOTPRINT_GRID_SIGNAL_TYPE = "footprint.grid.signal_type" as const;

/** Average emission factor. */
export const FOOTPRINT_GRID_SIGNAL_TYPE_VALUE_AVERAGE = "average" as const;

/** Marginal emission factor. */
export const FOOTPRINT_GRID_SIGNAL_TYPE_VALUE_MARGINAL = "marginal" as const;

/**
 * The grid zone of the intensity value, in the notation of its provider.
 *
 * Absent where a span crosses zones.
 *
 * @example "FR"
 */
export const ATTR_FOOTPRINT_GRID_ZONE = "footprint.grid.zone" as const;

/**
 * The rule that gave the start and the end of the phase.
 *
 * A value that begins with `client` marks a phase as seen by a caller. It is not charged where the
 * request has phases of the serving side.
 *
 * @example "instrumentation"
 */
export const ATTR_FOOTPRINT_INFERENCE_INTERVAL_SOURCE =
  "footprint.inference.interval_source" as const;

/**
 * Time-weighted mean number of sequences in the engine batch while the span was open.
 *
 * It lets a reader check the attribution.
 *
 * @example 1
 */
export const ATTR_FOOTPRINT_INFERENCE_MEAN_BATCH_SIZE =
  "footprint.inference.mean_batch_size" as const;

/** The phase of LLM inference that the span covers. */
export const ATTR_FOOTPRINT_INFERENCE_PHASE = "footprint.inference.phase" as const;

/** Prompt tokens are processed and the KV cache is filled. */
export const FOOTPRINT_INFERENCE_PHASE_VALUE_PREFILL = "prefill" as const;

/** Output tokens are generated one step at a time. */
export const FOOTPRINT_INFERENCE_PHASE_VALUE_DECODE = "decode" as const;

/** Prefill and decode work of the request share the same engine steps and cannot be told apart. */
export const FOOTPRINT_INFERENCE_PHASE_VALUE_MIXED = "mixed" as const;

/** KV cache is moved between workers. */
export const FOOTPRINT_INFERENCE_PHASE_VALUE_KV_TRANSFER = "kv_transfer" as const;

/**
 * The number of tokens the phase computed.
 *
 * In prefill, prompt tokens that were not served from a KV cache. In decode, generated tokens
 * without the one that prefill made. It is not a billing count; `gen_ai.usage.*` stays on the
 * client or server span.
 *
 * @example 512
 */
export const ATTR_FOOTPRINT_INFERENCE_PROCESSED_TOKENS =
  "footprint.inference.processed_tokens" as const;

/**
 * Contract that a market-based figure rests on.
 *
 * @example "PPA"
 */
export const ATTR_FOOTPRINT_MARKET_INSTRUMENT = "footprint.market.instrument" as const;

/**
 * Fraction of device-seconds of the span covered by meter readings, from 0 to 1.
 *
 * @example 1
 */
export const ATTR_FOOTPRINT_MEASUREMENT_COVERAGE = "footprint.measurement.coverage" as const;

/**
 * Typical time between two readings of the meter, in seconds.
 *
 * Beside the duration of the phase it tells how far to trust the split.
 *
 * @example 0.1
 */
export const ATTR_FOOTPRINT_MEASUREMENT_INTERVAL = "footprint.measurement.interval" as const;

/**
 * Revision number of the figures of the span; 0 for the first figure.
 *
 * Each later correction of the same span (late or out-of-order readings, revised factors) counts up
 * by one.
 *
 * @example 0
 */
export const ATTR_FOOTPRINT_MEASUREMENT_REVISION = "footprint.measurement.revision" as const;

/**
 * Whether the energy of the span was measured.
 *
 * The first that applies of missing, estimated, partial, provisional, measured.
 */
export const ATTR_FOOTPRINT_MEASUREMENT_STATUS = "footprint.measurement.status" as const;

/** All of the span is covered by meter readings. */
export const FOOTPRINT_MEASUREMENT_STATUS_VALUE_MEASURED = "measured" as const;

/** Coverage, window or load is known only in part; the reason says which. */
export const FOOTPRINT_MEASUREMENT_STATUS_VALUE_PARTIAL = "partial" as const;

/** Measured, but phases that overlap may still be unknown. */
export const FOOTPRINT_MEASUREMENT_STATUS_VALUE_PROVISIONAL = "provisional" as const;

/** No meter reading; a model was used. */
export const FOOTPRINT_MEASUREMENT_STATUS_VALUE_ESTIMATED = "estimated" as const;

/** No figure could be given; energy attributes are absent. */
export const FOOTPRINT_MEASUREMENT_STATUS_VALUE_MISSING = "missing" as const;

/**
 * Relative expanded uncertainty (k=2) of the energy of the span, as a fraction.
 *
 * @example 0.05
 */
export const ATTR_FOOTPRINT_MEASUREMENT_UNCERTAINTY = "footprint.measurement.uncertainty" as const;

/** The system boundary of the energy and carbon figures. */
export const ATTR_FOOTPRINT_METHODOLOGY_BOUNDARY = "footprint.methodology.boundary" as const;

/** Accelerators only. */
export const FOOTPRINT_METHODOLOGY_BOUNDARY_VALUE_ACCELERATOR = "accelerator" as const;

/** Accelerators and the rest of the node. */
export const FOOTPRINT_METHODOLOGY_BOUNDARY_VALUE_SERVER = "server" as const;

/** Server and the facility's overhead (PUE). */
export const FOOTPRINT_METHODOLOGY_BOUNDARY_VALUE_FACILITY = "facility" as const;

/**
 * Name and version of the calculation that produced the figures.
 *
 * The version of the instrumentation scope is that of the worker's tracer, not that of the
 * calculation.
 *
 * @example "wattspan/0.1.0"
 */
export const ATTR_FOOTPRINT_METHODOLOGY_VERSION = "footprint.methodology.version" as const;

/**
 * Inclusive emissions of the request, the sum over its phase spans, in grams of CO2 equivalent.
 *
 * Set on exactly one span of a request, restatements apart. MUST NOT be added to
 * `footprint.carbon.*`.
 *
 * @example 0.051
 */
export const ATTR_FOOTPRINT_REQUEST_CARBON = "footprint.request.carbon" as const;

/**
 * Inclusive energy of the request, the sum over its phase spans, in joules.
 *
 * Set on exactly one span of a request, restatements apart, and only if every phase has a figure of
 * one class, all metered or all estimated. MUST NOT be added to `footprint.energy.*`.
 *
 * @example 412.5
 */
export const ATTR_FOOTPRINT_REQUEST_ENERGY = "footprint.request.energy" as const;

/**
 * Decade of the request's energy in joules, for backends that can only search text.
 *
 * @example "10-100 J"
 */
export const ATTR_FOOTPRINT_REQUEST_ENERGY_BAND = "footprint.request.energy_band" as const;

/**
 * Why a figure was corrected.
 *
 * @example "late_span"
 */
export const ATTR_FOOTPRINT_RESTATEMENT_REASON = "footprint.restatement.reason" as const;

/**
 * The site whose gateway tells other sites of energies.
 *
 * @example "paris-1"
 */
export const ATTR_FOOTPRINT_SITE_NAME = "footprint.site.name" as const;

/**
 * Id of a phase among those of its trace, where sites tell each other of energies.
 *
 * @example "00f067aa0ba902b7"
 */
export const ATTR_FOOTPRINT_SITE_PHASE = "footprint.site.phase" as const;

/**
 * Id of a phase's request among those of its trace, where sites tell each other of energies.
 *
 * @example "b7ad6b7169203331"
 */
export const ATTR_FOOTPRINT_SITE_REQUEST = "footprint.site.request" as const;

/**
 * Emissions of all requests of the trace, in grams of CO2 equivalent, on its topmost span.
 *
 * MUST NOT be added to `footprint.request.*` or `footprint.carbon.*`.
 *
 * @example 0.14
 */
export const ATTR_FOOTPRINT_TRACE_CARBON = "footprint.trace.carbon" as const;

/**
 * Energy of all requests of the trace, in joules, on its topmost span.
 *
 * MUST NOT be added to `footprint.request.*` or `footprint.energy.*`.
 *
 * @example 1200.5
 */
export const ATTR_FOOTPRINT_TRACE_ENERGY = "footprint.trace.energy" as const;

/**
 * Number of requests in the trace that the totals cover.
 *
 * @example 2
 */
export const ATTR_FOOTPRINT_TRACE_REQUESTS = "footprint.trace.requests" as const;

/**
 * Water consumption attributed to this span alone, in litres.
 *
 * On a restatement span, the signed difference to the figure sent before.
 *
 * @example 0.00002
 */
export const ATTR_FOOTPRINT_WATER_CONSUMPTION = "footprint.water.consumption" as const;
