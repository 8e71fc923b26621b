import { tokensOf } from "@wattspan/footprint";
import { enrichSpan, priceFigure } from "./figure.ts";
import type { ResolvedOptions } from "./footprint-options.ts";
import { modelOf } from "./read-phase.ts";
import type { MetricRecorder } from "./record-metrics.ts";
import { comparePhases, type LeftPhase, type RequestGroup } from "./request-groups.ts";
import { isSampled, type SdkSpan, type SdkSpanProcessor } from "./sdk-shape.ts";
import type { ChargedPhase, PhaseFigure, WorkerLedger } from "./worker-ledger.ts";

/** Requests whose roll-up left and whose span is elsewhere: a late phase gets no second one. */
const MAX_ROLLED_UP = 4096;

/** Where spans go, and who is told. */
export interface DispatchContext {
  readonly options: ResolvedOptions;
  readonly ledger: WorkerLedger;
  readonly metrics: MetricRecorder;
  readonly next: SdkSpanProcessor;
  send(make: () => SdkSpan): void;
  /** Told of every request that is whole. */
  announce(parts: readonly PhaseFigure[]): void;
}

/**
 * Creates a function that sends the held spans of a request, enriched, and takes them out of the group. The roll-up
 * goes on the span above the phases, else on the first phase.
 */
export function createDispatch({
  options,
  ledger,
  metrics,
  next,
  send,
  announce,
}: DispatchContext): (group: RequestGroup, nowMs: number) => void {
  const { intensity } = options;
  const rolledUp = new Set<string>();

  function leaveOne(phase: ChargedPhase, model: string | undefined, nowMs: number): LeftPhase {
    const figure = ledger.figureOf(phase, !ledger.isFinal(phase, nowMs));
    metrics.recordPhase({
      phase: phase.phase,
      model,
      processedTokens: tokensOf(phase).processedTokens,
      footprint: priceFigure(figure, intensity),
      delayMs: nowMs - phase.endMs,
    });
    return { phase, figure };
  }

  function sendPhase(
    { phase, figure }: LeftPhase,
    model: string | undefined,
    parts: readonly PhaseFigure[] | undefined,
  ): void {
    if (!isSampled(phase.span)) return;
    const description = {
      phase: phase.phase,
      ...(model === undefined ? {} : { model }),
      ...tokensOf(phase),
      intervalSource: phase.intervalSource,
      weights: options.attribution.weights,
      revision: 0,
    };
    const figures = {
      attributes: phase.span.attributes,
      detail: options.attributes,
      phase: { figure, description },
      ...(parts === undefined ? {} : { parts }),
    };
    send(() => enrichSpan(phase.span, figures, intensity));
  }

  function sendRoot(root: SdkSpan, parts: readonly PhaseFigure[]): void {
    if (!isSampled(root)) next.onEnd(root);
    else if (parts.length === 0) send(() => root);
    else {
      const figures = { attributes: root.attributes, detail: options.attributes, parts };
      send(() => enrichSpan(root, figures, intensity));
    }
  }

  function rollUpOnPhase(group: RequestGroup, parts: readonly PhaseFigure[]): boolean {
    if (group.root !== undefined || parts.length === 0 || rolledUp.has(group.key)) return false;
    rolledUp.add(group.key);
    if (rolledUp.size > MAX_ROLLED_UP) rolledUp.delete(rolledUp.values().next().value as string);
    return true;
  }

  return (group, nowMs) => {
    const phases = group.phases.sort(comparePhases);
    const { root } = group;
    const named = [...phases.map(({ span }) => span), ...(root === undefined ? [] : [root])];
    const model = modelOf(named);
    const leaving = phases.map((phase) => leaveOne(phase, model, nowMs));
    group.left = [...group.left, ...leaving].sort((a, b) => comparePhases(a.phase, b.phase));
    group.phases = [];
    group.root = undefined;
    const parts = group.left
      .filter(({ phase }) => phase.phase !== "kv_transfer")
      .map(({ figure }) => figure);
    const isWhole = group.openPhases === 0 && !group.isRootOpen;
    const takesRollUp =
      isWhole && rollUpOnPhase({ ...group, root }, parts) ? leaving[0] : undefined;
    for (const left of leaving) {
      sendPhase(left, model, left === takesRollUp ? parts : undefined);
    }
    if (root !== undefined) sendRoot(root, parts);
    if (isWhole && parts.length > 0) announce(parts);
  };
}
