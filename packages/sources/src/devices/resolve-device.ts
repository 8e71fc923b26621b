import { deviceModel, maxTokensPerSecondOf } from "./catalogue.ts";

/** A device as configured or as a driver describes it; watts override those of its model. */
export interface DeviceDescription {
  readonly id: string;
  readonly model?: string;
  readonly idleWatts?: number;
  readonly maxWatts?: number;
  /** Highest plausible rate of computed tokens. */
  readonly maxTokensPerSecond?: number;
}

/** A device with the watts and the token rate of its model where none are given; unknown ones stay absent. */
export function resolveDevice(device: DeviceDescription): DeviceDescription {
  const model = device.model === undefined ? undefined : deviceModel(device.model);
  const idleWatts = device.idleWatts ?? model?.idleWatts;
  const maxWatts = device.maxWatts ?? model?.maxWatts;
  const maxTokensPerSecond = device.maxTokensPerSecond ?? (model && maxTokensPerSecondOf(model));
  return {
    id: device.id,
    ...(device.model === undefined ? {} : { model: device.model }),
    ...(idleWatts === undefined ? {} : { idleWatts }),
    ...(maxWatts === undefined ? {} : { maxWatts }),
    ...(maxTokensPerSecond === undefined ? {} : { maxTokensPerSecond }),
  };
}
