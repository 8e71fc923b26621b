import { tokensOf } from "@wattspan/footprint";
import { enrichSpan, priceFigure } from "./figure.ts";
import type { ResolvedOptions } from "./footprint-options.ts";
import { endMsOf, type LocalPhase, modelOf } from "./read-phase.ts";
import type { MetricRecorder } from "./record-metrics.ts";
import { comparePhases, type LeftPhase, type RequestGroup } from "./request-groups.ts";
import { isSampled, type SdkSpan, type SdkSpanProcessor } from "./sdk-shape.ts";
import type { PhaseFigure, WorkerLedger } from "./worker-ledger.ts";

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
 * goes on the span above the phases, else on the first phase. `areFinal`: nothing changes any figure of it any more.
 */
export function createDispatch({
  options,
  ledger,
  metrics,
  next,
  send,
  announce,
}: DispatchContext): (group: RequestGroup, nowMs: number, areFinal: boolean) => void {
  const { intensity } = options;
  const rolledUp = new Set<string>();

  function leaveOne(
    phase: LocalPhase,
    model: string | undefined,
    nowMs: number,
    isFinal: boolean,
  ): LeftPhase {
    const figure = ledger.figureOf(phase, !isFinal);
    metrics.recordPhase({
      phase: phase.phase,
      model,
      processedTokens: tokensOf(phase).processedTokens,
      footprint: priceFigure(figure, intensity),
      delayMs: nowMs - endMsOf(phase),
    });
    return { phase, figure };
  }

  function sendPhase(
    { phase, figure }: LeftPhase,
    model: string | undefined,
    parts: readonly PhaseFigure[] | undefined,
  ): void {
    const { span } = phase;
    if (!isSampled(span)) return;
    const description = {
      phase: phase.phase,
      model,
      processedTokens: tokensOf(phase).processedTokens,
      intervalSource: phase.intervalSource,
      weights: options.attribution.weights,
      revision: 0,
    };
    const figures = {
      attributes: span.attributes,
      detail: options.attributes,
      phase: { figure, description },
      parts,
    };
    send(() => enrichSpan(span, figures, intensity));
  }

  function sendRoot(root: SdkSpan, parts: readonly PhaseFigure[]): void {
    if (!isSampled(root)) next.onEnd(root);
    else if (parts.length === 0) send(() => root);
    else {
      const { attributes } = root;
      const figures = { attributes, detail: options.attributes, phase: undefined, parts };
      send(() => enrichSpan(root, figures, intensity));
    }
  }

  function takesRollUp({ traceId, requestId }: RequestGroup, root: SdkSpan | undefined): boolean {
    if (root !== undefined) return false;
    const key = traceId + requestId;
    if (rolledUp.has(key)) return false;
    rolledUp.add(key);
    if (rolledUp.size > MAX_ROLLED_UP) rolledUp.delete(rolledUp.values().next().value as string);
    return true;
  }

  return (group, nowMs, areFinal) => {
    const { root, phases } = group;
    if (phases.length > 1) phases.sort(comparePhases);
    const model = modelOfAll(phases, root);
    const leaving = phases.map((phase) =>
      leaveOne(phase, model, nowMs, areFinal || ledger.isFinal(phase, nowMs)),
    );
    group.left = inOrder(group.left, leaving);
    group.phases = [];
    group.root = undefined;
    const parts: PhaseFigure[] = [];
    for (const { phase, figure } of group.left) {
      if (phase.phase !== "kv_transfer") parts.push(figure);
    }
    const isWhole = group.openPhases === 0 && !group.isRootOpen && parts.length > 0;
    const withRollUp = isWhole && takesRollUp(group, root) ? leaving[0] : undefined;
    for (const left of leaving) sendPhase(left, model, left === withRollUp ? parts : undefined);
    if (root !== undefined) sendRoot(root, parts);
    if (isWhole) announce(parts);
  };
}

function modelOfAll(phases: readonly LocalPhase[], root: SdkSpan | undefined): string | undefined {
  for (const { span } of phases) {
    const model = modelOf(span);
    if (model !== undefined) return model;
  }
  return root && modelOf(root);
}

function inOrder(left: readonly LeftPhase[], leaving: readonly LeftPhase[]): readonly LeftPhase[] {
  if (left.length === 0) return leaving;
  return [...left, ...leaving].sort((a, b) => comparePhases(a.phase, b.phase));
}
