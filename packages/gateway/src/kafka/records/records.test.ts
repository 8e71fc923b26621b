import type { MeterReading } from "@wattspan/footprint";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecordError } from "./byte-reader.ts";
import { decodeEnergy, type EnergyRecord, encodeEnergy } from "./energy-record.ts";
import { decodePhaseMessage, encodePhaseMessage, type PhaseMessage } from "./phase-record.ts";
import { decodeReadings, encodeReadings, type ReadingRecord } from "./reading-record.ts";

const id = fc.stringMatching(/^[0-9a-f]{16}$/);
const count = fc.maxSafeNat();
const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
/** Every double that a figure can be, the infinite upper bound included. */
const figure = fc.double();
const partition = fc.nat(4096);
const absent = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** As literals are: with a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T, keyof T>(model, { noNullPrototype: true });
/** Keys without a value stand for nothing and are not there. */
const exact = <T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  arbitrary.map(
    (value) => Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T,
  );

const phase = exact(
  record({
    id,
    phase: fc.constantFrom("prefill", "decode", "mixed", "kv_transfer"),
    startUnixNano: nanos,
    endUnixNano: nanos,
    processedTokens: absent(figure),
    probability: absent(fc.double({ min: 5e-324, max: 1, noNaN: true })),
    includesQueueing: fc.boolean(),
    queue: fc.string({ unit: "binary" }),
    node: fc.string(),
    devices: fc.array(
      exact(
        record({
          id: fc.string(),
          share: absent(fc.double({ min: 5e-324, max: 1, noNaN: true })),
        }),
      ),
    ),
  }),
);
const message = fc.oneof(
  record({
    kind: fc.constant("phase"),
    spansPartition: partition,
    spansOffset: count,
    phase,
  }),
  record({ kind: fc.constant("removed"), spansPartition: partition, spansOffset: count, id }),
  record({ kind: fc.constant("watermark"), spansPartition: partition, atMs: count }),
) as fc.Arbitrary<PhaseMessage>;

const instant = record({ epoch: count, ns: figure });
const reading = exact(
  record({
    device: fc.constantFrom("a/GPU-1", "a/GPU-2", "b/ü"),
    kind: fc.constantFrom("counter", "power"),
    value: figure,
    at: instant,
    earliest: absent(instant),
    modelled: absent(fc.constant(true)),
  }),
) as fc.Arbitrary<MeterReading>;
const readings: fc.Arbitrary<ReadingRecord> = record({
  source: fc.constantFrom("otlp", "own"),
  readings: fc.array(reading),
});

const energy = exact(
  record({
    phaseId: id,
    devicePartition: partition,
    chargedStartUnixNano: nanos,
    refusal: absent(fc.string()),
    devices: fc.array(
      record({
        deviceKey: fc.string(),
        meterKind: fc.constantFrom(undefined, "counter", "power"),
        isModelled: fc.boolean(),
        idlePolicy: fc.constantFrom("separate", "shared", "included"),
        timeShape: fc.constantFrom("busy", "uniform"),
        dynamicJoules: figure,
        idleJoules: figure,
        lowerJoules: figure,
        upperJoules: figure,
        coveredNs: figure,
        windowJoules: figure,
        slices: fc.array(record({ epoch: count, ns: figure, joules: figure })),
      }),
    ),
  }),
) as fc.Arbitrary<EnergyRecord>;

describe("records between the roles", () => {
  it("are read as they were written, to the last bit", () => {
    fc.assert(
      fc.property(message, (given) => {
        expect(decodePhaseMessage(encodePhaseMessage(given))).toStrictEqual(given);
      }),
    );
    fc.assert(
      fc.property(readings, (given) => {
        expect(decodeReadings(encodeReadings(given))).toStrictEqual(given);
      }),
    );
    fc.assert(
      fc.property(energy, (given) => {
        expect(decodeEnergy(encodeEnergy(given))).toStrictEqual(given);
      }),
    );
  });

  it("are refused where they were cut, never read as something else", () => {
    fc.assert(
      fc.property(message, fc.nat(), (given, cut) => {
        const whole = encodePhaseMessage(given);
        expect(() => decodePhaseMessage(whole.subarray(0, cut % whole.length))).toThrow(
          RecordError,
        );
      }),
    );
    fc.assert(
      fc.property(energy, fc.nat(), (given, cut) => {
        const whole = encodeEnergy(given);
        expect(() => decodeEnergy(whole.subarray(0, cut % whole.length))).toThrow(RecordError);
      }),
    );
  });

  it("are refused from another version", () => {
    const watermark = encodePhaseMessage({ kind: "watermark", spansPartition: 1, atMs: 1 });
    watermark[0] = 9;
    expect(() => decodePhaseMessage(watermark)).toThrow("is of version 9, this gateway reads 1");
  });

  it("are as small as a phase is: about 100 bytes", () => {
    const bytes = encodePhaseMessage({
      kind: "phase",
      spansPartition: 11,
      spansOffset: 123_456_789,
      phase: {
        id: "00112233445566ff",
        phase: "decode",
        startUnixNano: 1_795_000_020_000_000_000n,
        endUnixNano: 1_795_000_021_000_000_000n,
        processedTokens: 127,
        includesQueueing: false,
        queue: "worker node-a/GPU-1",
        node: "node-a",
        devices: [{ id: "GPU-1" }],
      },
    });
    expect(bytes.length).toBeLessThan(110);
  });
});
