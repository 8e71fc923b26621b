import type { Signal } from "../receive/accept.ts";
import type { OtlpHttpExporter } from "../send/otlp-http.ts";
import type { Frame } from "./frame.ts";

/** What a spool needs of an exporter. */
export type SpoolExporter = Pick<OtlpHttpExporter, "name" | "isFull" | "offer">;

/** Offers requests to one backend in the order of their numbers, from memory while it keeps up, else from the disk. */
export interface Sender {
  readonly name: string;
  /** A request that became safe, with a number above all before. */
  offer(id: number, frame: Frame): void;
  /** Goes on with what waits on the disk. */
  pump(): void;
  /** Whether the backend has a request, or will never take it. */
  isSettled(id: number): boolean;
  isOnItsWay(id: number): boolean;
}

/** Options of `createSender`. */
export interface SenderOptions {
  readonly exporter: SpoolExporter;
  /** Number of the last request that an earlier process left. */
  readonly lastId: number;
  readonly read: (id: number) => Frame | undefined;
  /** Numbers of requests from one on, in order. */
  readonly ids: (from: number) => Iterable<number>;
  /** Whether an earlier process sent it. */
  readonly isMarked: (id: number) => boolean;
  readonly settle: (id: number) => Promise<void>;
}

/** Creates the sender; whatever is on the disk waits. */
export function createSender({
  exporter,
  lastId,
  read,
  ids,
  isMarked,
  settle,
}: SenderOptions): Sender {
  const onItsWay = new Set<number>();
  let next = 0;
  /** Up to here everything is on the disk for good; more may be seen there before it is. */
  let safeTo = lastId;
  /** Everything up to now was offered; what becomes safe need not be read back. */
  let isLevel = false;

  function hand(id: number, frame: Frame): void {
    const { kind, encoding, body, items } = frame;
    next = id + 1;
    onItsWay.add(id);
    const onSettled = async (): Promise<void> => {
      onItsWay.delete(id);
      await settle(id);
      // The exporter has room again only after this.
      setImmediate(pump);
    };
    exporter.offer(kind as Signal, encoding, body, items, onSettled);
  }

  /** Hands on what the disk has; false where there is no more room. */
  function handOn(): boolean {
    for (const id of ids(next)) {
      if (id > safeTo) return true;
      if (exporter.isFull()) return false;
      const frame = isMarked(id) ? undefined : read(id);
      if (frame === undefined) next = id + 1;
      else hand(id, frame);
    }
    return true;
  }

  function pump(): void {
    if (!isLevel) isLevel = handOn();
  }

  return {
    name: exporter.name,
    offer(id, frame) {
      safeTo = id;
      if (isLevel && !exporter.isFull()) hand(id, frame);
      else isLevel = false;
    },
    pump,
    isSettled: (id) => id < next && !onItsWay.has(id),
    isOnItsWay: (id) => onItsWay.has(id),
  };
}
