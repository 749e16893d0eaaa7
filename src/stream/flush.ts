import type { QueueFlowError } from "../errors.ts";

/** Both bound how long one script call blocks Redis. */
export const FLUSH_ENTRIES_MAX = 512;
/** A flush may exceed it by one event. */
const FLUSH_CHARACTERS_MAX = 1_024 * 1_024;

/** Events that Redis appends in one call. */
export interface Flush {
  readonly values: string[];
  /** Empty until Redis has the flush. */
  lastEntryId: string;
  events: number;
  characters: number;
  readonly done: PromiseWithResolvers<string>;
  /** Set when events of a list are in this flush and in others. */
  list: LongList | undefined;
}

interface LongList {
  /** The others wait for the reply to it. */
  firstFlush: "waiting" | "sent" | "answered";
  /** Of a flush. Those behind are dropped, since the client will send the whole list again. */
  failure: QueueFlowError | undefined;
  readonly eventsBeforeLastFlush: number;
}

/** Where an event is in a flush. */
export interface Place {
  readonly flush: Flush;
  readonly position: number;
}

export function newFlush(): Flush {
  return {
    values: [],
    lastEntryId: "",
    events: 0,
    characters: 0,
    done: Promise.withResolvers(),
    list: undefined,
  };
}

/** Whether these events may join. None join a long list, which may fail as a whole. */
export function hasRoom(flush: Flush | undefined, events: number): flush is Flush {
  if (flush === undefined || flush.list !== undefined) return false;
  if (flush.characters >= FLUSH_CHARACTERS_MAX) return false;
  return flush.events + events <= FLUSH_ENTRIES_MAX;
}

/** Makes a long list of events that are in these flushes. */
export function asLongList(flushes: readonly Flush[]): void {
  const eventsBeforeLastFlush = flushes.slice(0, -1).reduce((sum, { events }) => sum + events, 0);
  const list: LongList = { firstFlush: "waiting", failure: undefined, eventsBeforeLastFlush };
  for (const flush of flushes) flush.list = list;
}

/** One script call appends a flush, so that its ids differ by one. */
export function entryIdAt({ flush: { lastEntryId, events }, position }: Place): string {
  const [ms = "", sequence = "0"] = lastEntryId.split("-");
  return `${ms}-${BigInt(sequence) - BigInt(events - 1 - position)}`;
}
