import type { Footprint } from "@wattspan/footprint";
import { type Elsewhere, type Fragment, isAbove } from "../trace/elsewhere.ts";
import { decodeSiteWord, encodeSiteWord, isSiteWord } from "./fragment-spans.ts";

/** One site among several that exchange energies. */
export interface SiteExchange {
  readonly elsewhere: Elsewhere;
  /** Takes a request that is a word of another site; false for any other. Throws `OtlpError` for broken bytes. */
  accept(body: Uint8Array, nowMs: number): boolean;
  /** Tells the others what is new: all traces whose spans ended before `toldMs` have been announced. */
  tell(nowMs: number, toldMs: number): void;
  /** Forgets what was heard before. */
  expire(beforeMs: number): void;
  /** Sites that are not waited for. */
  silentAt(nowMs: number): readonly string[];
  /** Words of sites that are not configured. */
  readonly strangers: number;
}

/** Options of `createSiteExchange`. */
export interface SiteExchangeOptions {
  /** Of this site. */
  readonly name: string;
  /** Names of the others. */
  readonly peers: readonly string[];
  /** A site that says nothing for so long is not waited for. */
  readonly silentAfterMs: number;
  /** How long a trace waits for a site that knows the parent of its topmost span here, ms. */
  readonly parentWaitMs: number;
  /** Sends a request, OTLP in protobuf, to every other site. */
  readonly send: (body: Uint8Array) => void;
}

/** What was heard of a trace, by site. */
interface Heard {
  readonly bySite: Map<string, Fragment>;
  atMs: number;
}

const TELL_EVERY_MS = 1000;
const NS_PER_MS = 1_000_000n;

/** Creates the exchange; `startedMs` is when the others begin to be waited for. */
export function createSiteExchange(options: SiteExchangeOptions, startedMs: number): SiteExchange {
  const { name, silentAfterMs } = options;
  const peers = new Map(options.peers.map((peer) => [peer, { heardMs: startedMs, toldMs: 0 }]));
  const heard = new Map<string, Heard>();
  let news = new Map<string, Fragment>();
  let lastToldMs = 0;
  let strangers = 0;

  const isSilent = ({ heardMs }: { heardMs: number }, nowMs: number): boolean =>
    nowMs - heardMs > silentAfterMs;

  const fragmentsOf = (traceId: string): [string, Fragment][] => [
    ...(heard.get(traceId)?.bySite ?? []),
  ];

  return {
    elsewhere: {
      announce(fragment) {
        news.set(fragment.traceId, fragment);
      },
      partsOf: (traceId, requestId, isOnly) =>
        fragmentsOf(traceId)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .flatMap(([, { phases }]) => phases)
          .filter((phase) => isOnly || phase.requestId === requestId)
          .map(({ footprint }): Footprint => footprint),
      isTopmost: (traceId, topmost) =>
        fragmentsOf(traceId).every(([site, other]) => {
          if (isAbove(topmost, other.topmost)) return true;
          return !isAbove(other.topmost, topmost) && name < site;
        }),
      toldMs(nowMs) {
        let least = Number.POSITIVE_INFINITY;
        for (const peer of peers.values()) {
          if (!isSilent(peer, nowMs)) least = Math.min(least, peer.toldMs);
        }
        return least;
      },
      parentWaitMs: options.parentWaitMs,
    },
    accept(body, nowMs) {
      if (!isSiteWord(body)) return false;
      const word = decodeSiteWord(body);
      if (word === undefined) return false;
      const peer = peers.get(word.site);
      if (peer === undefined) {
        strangers++;
        return true;
      }
      peer.heardMs = nowMs;
      peer.toldMs = Math.max(peer.toldMs, Number(word.toldUnixNano / NS_PER_MS));
      for (const fragment of word.fragments) {
        const known = heard.get(fragment.traceId) ?? { bySite: new Map(), atMs: nowMs };
        known.bySite.set(word.site, fragment);
        known.atMs = nowMs;
        heard.set(fragment.traceId, known);
      }
      return true;
    },
    tell(nowMs, toldMs) {
      if (nowMs - lastToldMs < TELL_EVERY_MS) return;
      lastToldMs = nowMs;
      const toldUnixNano = BigInt(Math.max(0, Math.floor(toldMs))) * NS_PER_MS;
      options.send(encodeSiteWord({ site: name, fragments: [...news.values()], toldUnixNano }));
      news = new Map();
    },
    expire(beforeMs) {
      for (const [traceId, { atMs }] of heard) if (atMs < beforeMs) heard.delete(traceId);
    },
    silentAt: (nowMs) => [...peers].flatMap(([peer, one]) => (isSilent(one, nowMs) ? peer : [])),
    get strangers() {
      return strangers;
    },
  };
}
