import type { Attributes, Meter } from "@opentelemetry/api";
import { type DeviceBalance, deviceKey, type IntensitySource } from "@wattspan/footprint";
import {
  ATTR_FOOTPRINT_ATTRIBUTION_REASON,
  ATTR_FOOTPRINT_ATTRIBUTION_STATE,
  ATTR_FOOTPRINT_ENERGY_SOURCE,
  ATTR_FOOTPRINT_GRID_PROVIDER_NAME,
  ATTR_FOOTPRINT_GRID_SIGNAL_TYPE,
  ATTR_FOOTPRINT_GRID_ZONE,
  ATTR_HW_ID,
  ATTR_HW_TYPE,
  METRIC_FOOTPRINT_DEVICE_ENERGY,
  METRIC_FOOTPRINT_GRID_CARBON_INTENSITY,
} from "@wattspan/semconv";
import type { NodeOptions } from "../pipeline-options.ts";
import { factorsInForce } from "./factors-in-force.ts";

/** What is known of devices at a moment. */
export interface ObservedDevices {
  balances(): readonly DeviceBalance[];
  /** `hw.type` by device key. */
  readonly deviceKinds: ReadonlyMap<string, string>;
  readonly nodes: readonly NodeOptions[];
}

/** Observes where the energy of devices went, in joules; by device only where `isByDevice`. */
export function observeDevices(
  meter: Meter,
  devices: () => ObservedDevices,
  isByDevice: boolean,
): void {
  const energy = meter.createObservableUpDownCounter(METRIC_FOOTPRINT_DEVICE_ENERGY, {
    description: "Measured device energy by what became of it.",
    unit: "J",
  });
  energy.addCallback((result) => {
    const { deviceKinds, balances } = devices();
    const sums = new Map<string, { attributes: Attributes; joules: number }>();
    for (const balance of balances()) {
      const kind = deviceKinds.get(deviceKey(balance.node, balance.device));
      const device: Attributes = {
        ...(isByDevice ? { [ATTR_HW_ID]: balance.device } : {}),
        ...(kind === undefined ? {} : { [ATTR_HW_TYPE]: kind }),
        ...(balance.isModelled ? { [ATTR_FOOTPRINT_ENERGY_SOURCE]: "model" } : {}),
      };
      for (const [joules, state] of partsOf(balance)) {
        const attributes = { ...device, ...state };
        const key = JSON.stringify(attributes);
        const sum = sums.get(key) ?? { attributes, joules: 0 };
        sum.joules += joules;
        sums.set(key, sum);
      }
    }
    for (const { attributes, joules } of sums.values()) result.observe(joules, attributes);
  });
}

function partsOf(balance: DeviceBalance): readonly (readonly [number, Attributes])[] {
  const state = (name: string): Attributes => ({ [ATTR_FOOTPRINT_ATTRIBUTION_STATE]: name });
  return [
    [balance.attributedJoules, state("attributed")],
    [balance.idleOpenJoules + balance.idleEmptyJoules, state("idle")],
    ...Object.entries(balance.unattributed).map(
      ([reason, joules]) =>
        [
          joules,
          { ...state("unattributed"), [ATTR_FOOTPRINT_ATTRIBUTION_REASON]: reason },
        ] as const,
    ),
  ];
}

/** Observes the factor in force in each zone of a node, in grams of CO2 equivalent per kilowatt-hour. */
export function observeIntensity(
  meter: Meter,
  devices: () => ObservedDevices,
  intensity: IntensitySource | undefined,
): void {
  if (intensity === undefined) return;
  const gauge = meter.createObservableGauge(METRIC_FOOTPRINT_GRID_CARBON_INTENSITY, {
    description: "Carbon intensity (CO2 equivalent) in use.",
    unit: "g/(kW.h)",
  });
  gauge.addCallback((result) => {
    for (const [zone, factor] of factorsInForce(devices().nodes, intensity)) {
      result.observe(factor.gramsPerKwh, {
        [ATTR_FOOTPRINT_GRID_ZONE]: zone,
        [ATTR_FOOTPRINT_GRID_PROVIDER_NAME]: factor.provider,
        [ATTR_FOOTPRINT_GRID_SIGNAL_TYPE]: factor.signal,
      });
    }
  });
}
