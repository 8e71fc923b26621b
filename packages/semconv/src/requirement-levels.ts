// Generated from packages/semconv/model by `node packages/semconv/dist/generate/main.js`.

/** Requirement levels. Roll-up set on one span of a request: the span its dialect names. */
export const GROUP_FOOTPRINT_REQUEST_ATTRIBUTES = {
  "footprint.request.energy": "recommended",
  "footprint.request.energy_band": "recommended",
  "footprint.request.carbon": "recommended",
  "footprint.measurement.status": "recommended",
  "footprint.measurement.coverage": "recommended",
  "footprint.measurement.uncertainty": "opt_in",
  "footprint.measurement.revision": "recommended",
  "footprint.methodology.boundary": "recommended",
} as const;

/**
 * Requirement levels. Totals set on the topmost span of a trace that holds more than one request.
 */
export const GROUP_FOOTPRINT_TRACE_ATTRIBUTES = {
  "footprint.trace.energy": "recommended",
  "footprint.trace.carbon": "recommended",
  "footprint.trace.requests": "recommended",
} as const;

/** Requirement levels. One phase of one LLM request inside an inference worker. */
export const SPAN_FOOTPRINT_INFERENCE_PHASE_ATTRIBUTES = {
  "footprint.inference.phase": "required",
  "gen_ai.request.model": "recommended",
  "footprint.inference.processed_tokens": "recommended",
  "footprint.inference.interval_source": "recommended",
  "footprint.attribution.reason": "recommended",
  "footprint.inference.mean_batch_size": "opt_in",
  "footprint.device.ids": "recommended",
  "footprint.device.count": "recommended",
  "footprint.energy.accelerator": "conditionally_required",
  "footprint.energy.host": "recommended",
  "footprint.energy.idle": "recommended",
  "footprint.energy.total": "conditionally_required",
  "footprint.energy.lower": "recommended",
  "footprint.energy.upper": "recommended",
  "footprint.energy.window": "recommended",
  "footprint.energy.source": "recommended",
  "footprint.attribution.method": "recommended",
  "footprint.attribution.time_shape": "opt_in",
  "footprint.attribution.idle_policy": "recommended",
  "footprint.measurement.status": "required",
  "footprint.measurement.coverage": "recommended",
  "footprint.measurement.uncertainty": "opt_in",
  "footprint.measurement.revision": "recommended",
  "footprint.measurement.interval": "opt_in",
  "footprint.methodology.version": "recommended",
  "footprint.methodology.boundary": "recommended",
  "footprint.carbon.operational": "recommended",
  "footprint.carbon.embodied": "opt_in",
  "footprint.carbon.total": "recommended",
  "footprint.grid.carbon_intensity": "conditionally_required",
  "footprint.grid.signal_type": "recommended",
  "footprint.grid.emission_factor_type": "opt_in",
  "footprint.grid.accounting_method": "opt_in",
  "footprint.grid.provider.name": "recommended",
  "footprint.grid.zone": "recommended",
  "footprint.grid.factor_id": "recommended",
  "footprint.grid.data_time": "recommended",
  "footprint.grid.data_status": "recommended",
  "footprint.facility.pue": "recommended",
  "footprint.facility.wue": "opt_in",
  "footprint.water.consumption": "opt_in",
} as const;

/**
 * Requirement levels. Energies of one trace, told by the gateway of one site to those of others.
 */
export const SPAN_FOOTPRINT_SITE_ENERGIES_ATTRIBUTES = {
  "footprint.site.name": "required",
  "footprint.site.phase": "conditionally_required",
  "footprint.site.request": "conditionally_required",
  "footprint.measurement.status": "recommended",
  "footprint.energy.accelerator": "recommended",
  "footprint.energy.host": "recommended",
  "footprint.energy.lower": "recommended",
  "footprint.energy.upper": "recommended",
  "footprint.facility.pue": "recommended",
  "footprint.carbon.operational": "recommended",
} as const;

/** Requirement levels. A correction of figures sent earlier; values are signed differences. */
export const SPAN_FOOTPRINT_RESTATEMENT_ATTRIBUTES = {
  "footprint.restatement.reason": "required",
  "footprint.measurement.revision": "required",
  "footprint.energy.accelerator": "recommended",
  "footprint.energy.host": "recommended",
  "footprint.energy.idle": "recommended",
  "footprint.energy.total": "recommended",
  "footprint.carbon.operational": "recommended",
  "footprint.carbon.embodied": "recommended",
  "footprint.carbon.total": "recommended",
  "footprint.water.consumption": "recommended",
  "footprint.request.energy": "recommended",
  "footprint.request.carbon": "recommended",
  "footprint.trace.energy": "recommended",
  "footprint.trace.carbon": "recommended",
} as const;
