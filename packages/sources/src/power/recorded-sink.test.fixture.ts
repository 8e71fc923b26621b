import type { DeviceReading, MeteredDevice, MeterSink, SharedUse } from "@wattspan/footprint";

/** A sink that keeps what a meter tells. */
export interface RecordedSink extends MeterSink {
  readonly devices: MeteredDevice[];
  readonly readings: DeviceReading[];
  readonly uses: SharedUse[];
  /** `lost: reason` and `found`, in order, repeats left out. */
  readonly states: string[];
  /** Waits until something holds; rejects after five seconds. */
  until(holds: () => boolean): Promise<void>;
}

/** An empty sink. */
export function createRecordedSink(): RecordedSink {
  const readings: DeviceReading[] = [];
  const devices: MeteredDevice[] = [];
  const uses: SharedUse[] = [];
  const states: string[] = [];
  const say = (state: string): void => {
    if (states.at(-1) !== state) states.push(state);
  };
  return {
    devices,
    readings,
    uses,
    states,
    onDevices: (found) => {
      devices.splice(0, devices.length, ...found);
    },
    onReadings: (added) => {
      readings.push(...added);
    },
    onSharedUse: (use) => {
      uses.push(use);
    },
    onLost: (reason) => say(`lost: ${reason}`),
    onFound: () => say("found"),
    async until(holds) {
      for (let i = 0; i < 500 && !holds(); i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      if (!holds()) throw new Error(`nothing of the kind in 5 s: ${states.join(", ")}`);
    },
  };
}
