import {
  type DeviceBalance,
  deviceKey,
  type Footprint,
  rollUp,
  tokensOf,
  type WeightMethod,
} from "@wattspan/footprint";
import type { PhaseStage } from "./device/device-stage.ts";
import type { FleetFigure } from "./device/fleet-figures.ts";
import type { SeenFractions } from "./device/sampling.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import {
  besidePhase,
  besideRequest,
  type FiguresBeside,
  type PhaseBeside,
} from "./summarize-beside.ts";
import { spanIdOf } from "./trace/enrich-trace.ts";
import type { Restatement } from "./trace/restate-trace.ts";
import type { TracedPhase, TraceRecord } from "./trace/trace-record.ts";

/** What a replay prints: joules at the meter, before PUE; unknown figures are absent. */
export interface Summary {
  readonly devices: readonly DeviceSummary[];
  readonly requests: readonly RequestSummary[];
  readonly restatements: readonly Restatement[];
  /** What the work took that engines counted, traced or not. */
  readonly fleet: readonly FleetFigure[];
  /** Which part of the work is seen, by all that tell of it. */
  readonly seen: SeenFractions;
  readonly totals: {
    readonly meteredJoules: number;
    readonly attributedJoules: number;
    readonly idleJoules: number;
    readonly unattributedJoules: number;
    readonly carbonGrams?: number;
  };
}

/** What traces and meters say: all but what engines count. */
export type TracedSummary = Omit<Summary, "fleet" | "seen">;

/** Where one device's energy went, from its first to its last reading. */
export interface DeviceSummary {
  readonly node: string;
  readonly device: string;
  readonly meteredJoules: number;
  readonly attributedJoules: number;
  /** Both idle lines; `idleOpenJoules` is the one under load. */
  readonly idleJoules: number;
  readonly idleOpenJoules: number;
  readonly unattributedJoules: number;
  readonly unattributed: Readonly<Record<string, number>>;
  readonly coverage: number;
  /** `model` where readings come from a device model, not from a meter. */
  readonly source: "meter" | "model";
}

/** One request's figures. */
export interface RequestSummary extends FiguresBeside {
  readonly traceId: string;
  readonly requestId: string;
  readonly model?: string;
  readonly energyJoules?: number;
  readonly lowerJoules?: number;
  readonly upperJoules?: number;
  readonly carbonGrams?: number;
  readonly status: string;
  readonly phases: readonly PhaseSummary[];
}

/** One phase's figures; the times are the window charged. */
export interface PhaseSummary extends PhaseBeside {
  readonly phase: string;
  readonly spanId: string;
  readonly node?: string;
  readonly devices?: readonly string[];
  readonly startUnixNano: string;
  readonly endUnixNano: string;
  readonly processedTokens?: number;
  readonly energyJoules?: number;
  readonly dynamicJoules?: number;
  readonly idleJoules?: number;
  readonly windowJoules?: number;
  readonly lowerJoules?: number;
  readonly upperJoules?: number;
  readonly carbonGrams?: number;
  readonly zone?: string;
  readonly gramsPerKwh?: number;
  readonly dataStatus?: string;
  /** How the phase was weighed, where it is not as configured. */
  readonly weights?: WeightMethod;
  readonly status: string;
  readonly reason?: string;
  readonly intervalSource: string;
}

/** What figures beside rest on. */
type SummaryOptions = Pick<PipelineOptions, "intensity">;

/** Traces, and the stage that knows their figures. */
interface TracedPart {
  readonly records: Iterable<TraceRecord>;
  readonly stage: PhaseStage;
  readonly restatements: readonly Restatement[];
}

/** Final figures of everything known, in canonical order. */
export function summarize(
  parts: readonly TracedPart[],
  balances: readonly DeviceBalance[],
  options: SummaryOptions,
): TracedSummary {
  return sumUp(
    balances.map(summarizeDevice),
    parts.flatMap(({ records, stage }) =>
      [...records].flatMap((record) => summarizeTrace(record, stage, options)),
    ),
    parts.flatMap(({ restatements }) => restatements),
  );
}

/** One summary of what several processes know, each of its own devices and traces. */
export function mergeSummaries(parts: readonly TracedSummary[]): TracedSummary {
  return sumUp(
    parts.flatMap((part) => part.devices),
    parts.flatMap((part) => part.requests),
    parts.flatMap((part) => part.restatements),
  );
}

function sumUp(
  unorderedDevices: readonly DeviceSummary[],
  unordered: readonly RequestSummary[],
  restatements: readonly Restatement[],
): TracedSummary {
  const devices = [...unorderedDevices].sort((a, b) =>
    compareText(deviceKey(a.node, a.device), deviceKey(b.node, b.device)),
  );
  const requests = [...unordered].sort(
    (a, b) => compareText(a.traceId, b.traceId) || compareText(a.requestId, b.requestId),
  );
  const sum = (of: (device: DeviceSummary) => number): number =>
    devices.reduce((total, device) => total + of(device), 0);
  const grams = requests.flatMap((request) => request.phases.map((phase) => phase.carbonGrams));
  const known = grams.filter((value) => value !== undefined);
  return {
    devices,
    requests,
    restatements,
    totals: {
      meteredJoules: sum((device) => device.meteredJoules),
      attributedJoules: sum((device) => device.attributedJoules),
      idleJoules: sum((device) => device.idleJoules),
      unattributedJoules: sum((device) => device.unattributedJoules),
      ...(known.length > 0
        ? { carbonGrams: known.reduce((total, value) => total + value, 0) }
        : {}),
    },
  };
}

function summarizeDevice(balance: DeviceBalance): DeviceSummary {
  const unattributedJoules = Object.values(balance.unattributed).reduce(
    (sum, joules) => sum + joules,
    0,
  );
  return {
    node: balance.node,
    device: balance.device,
    meteredJoules: balance.meteredJoules,
    attributedJoules: balance.attributedJoules,
    idleJoules: balance.idleOpenJoules + balance.idleEmptyJoules,
    idleOpenJoules: balance.idleOpenJoules,
    unattributedJoules,
    unattributed: balance.unattributed,
    coverage: balance.coverage,
    source: balance.isModelled ? "model" : "meter",
  };
}

/** One summary per request of a trace that has phases. */
export function summarizeTrace(
  record: TraceRecord,
  stage: PhaseStage,
  options: SummaryOptions,
): RequestSummary[] {
  return record.requests.flatMap((request) => {
    const traced = record.phases.filter((phase) => phase.request.requestId === request.requestId);
    if (traced.length === 0) return [];
    const rows = traced.map((phase) => {
      const footprint = stage.footprintOf(phase.staged, false);
      return { phase, footprint, beside: besideOf(phase, footprint, options) };
    });
    const charged = rows.filter(({ phase }) => phase.derived.phase !== "kv_transfer");
    const total = rollUp(charged.map(({ footprint }) => footprint));
    return [
      {
        traceId: record.traceId,
        requestId: request.requestId,
        ...(request.model === undefined ? {} : { model: request.model }),
        ...(total.meterJoules === undefined ? {} : { energyJoules: total.meterJoules }),
        ...(total.lowerJoules === undefined ? {} : { lowerJoules: total.lowerJoules }),
        ...(total.upperJoules === undefined ? {} : { upperJoules: total.upperJoules }),
        ...(total.gramsCo2e === undefined ? {} : { carbonGrams: total.gramsCo2e }),
        ...besideRequest(charged.map(({ beside }) => beside)),
        status: total.status,
        phases: rows
          .map(({ phase, footprint, beside }) => ({
            ...summarizePhase(record, phase, footprint, stage),
            ...beside,
          }))
          .sort(
            (a, b) =>
              compareText(a.startUnixNano, b.startUnixNano) || compareText(a.spanId, b.spanId),
          ),
      },
    ];
  });
}

function besideOf(
  { derived, staged }: TracedPhase,
  footprint: Footprint,
  { intensity }: SummaryOptions,
): PhaseBeside {
  return derived.phase === "kv_transfer" ? {} : besidePhase(footprint, staged, intensity);
}

function summarizePhase(
  record: TraceRecord,
  traced: TracedPhase,
  footprint: Footprint,
  stage: PhaseStage,
): PhaseSummary {
  const { derived, staged } = traced;
  const { energy } = footprint;
  const placement = staged.placement;
  const isCharged = derived.phase !== "kv_transfer";
  return {
    phase: derived.phase,
    spanId: derived.spanId ?? spanIdOf(record, traced),
    ...("missing" in placement
      ? {}
      : { node: placement.node, devices: placement.devices.map((device) => device.id) }),
    startUnixNano: String(stage.chargedStartOf(staged)),
    endUnixNano: String(derived.endUnixNano),
    ...tokensOf(derived),
    ...(energy === undefined || !isCharged
      ? {}
      : {
          energyJoules: energy.energyJoules,
          dynamicJoules: energy.dynamicJoules,
          idleJoules: energy.idleJoules,
          lowerJoules: energy.lowerJoules,
          ...(energy.upperJoules < Infinity ? { upperJoules: energy.upperJoules } : {}),
        }),
    ...(energy === undefined || isCharged ? {} : { windowJoules: energy.windowJoules }),
    ...(footprint.gramsCo2e === undefined ? {} : { carbonGrams: footprint.gramsCo2e }),
    ...(footprint.zone === undefined ? {} : { zone: footprint.zone }),
    ...(footprint.gramsPerKwh === undefined ? {} : { gramsPerKwh: footprint.gramsPerKwh }),
    ...(footprint.factor === undefined ? {} : { dataStatus: footprint.factor.tier }),
    ...(footprint.weights === undefined ? {} : { weights: footprint.weights }),
    status: footprint.status,
    ...(footprint.reason === undefined ? {} : { reason: footprint.reason }),
    intervalSource: derived.intervalSource,
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
