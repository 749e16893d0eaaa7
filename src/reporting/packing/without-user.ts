import { TEXT_COLUMNS } from "../../event/text-columns.ts";
import { type EventCounts, eventKey } from "../../store/forget/later-events.ts";
import type { ChunkEditor, ForgottenEvents, StoredChunk } from "../../store/forget/packed-user.ts";
import type { DayEvents, TextColumn, Texts } from "../columns/day-events.ts";
import { decodeColumn } from "../columns/decode-column.ts";
import { decodeDayEvents } from "../columns/decode-day-events.ts";
import { encodeDayEvents } from "../columns/encode-day-events.ts";
import { DayDictionaries, selectTexts } from "../columns/rows/day-dictionaries.ts";

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

export const CHUNK_EDITOR: ChunkEditor = {
  hasUser(userTexts, userId, events) {
    const { texts } = decodeColumn({ name: "user_texts", events }, userTexts);
    return texts !== undefined && placeOf(texts, userId) !== undefined;
  },
  countOfUser(chunk, userId) {
    const { userTexts, userIndex } = decodeDayEvents(chunk.columns, chunk.events);
    const user = userTexts && placeOf(userTexts, userId);
    return userIndex.reduce((count, place) => (place === user ? count + 1 : count), 0);
  },
  withoutUser(chunk, userId, later) {
    const day = decodeDayEvents(chunk.columns, chunk.events);
    const user = day.userTexts && placeOf(day.userTexts, userId);
    return user === undefined ? undefined : split(day, user, later);
  },
};

/** By the whole text: two users may have one hash. */
function placeOf({ bytes, ends }: Texts, userId: string): number | undefined {
  const wanted = new TextEncoder().encode(userId);
  let from = 0;
  for (let place = 0; place < ends.length; place += 1) {
    const to = ends[place] ?? 0;
    if (Buffer.compare(bytes.subarray(from, to), wanted) === 0) return place;
    from = to;
  }
  return undefined;
}

function split(day: DayEvents, user: number, later: EventCounts): ForgottenEvents {
  const kept: number[] = [];
  const paths = new Map<string, number>();
  const path = day.texts.path;
  for (let i = 0; i < day.count; i += 1) {
    if (day.userIndex[i] !== user || isLater(day, i, later)) kept.push(i);
    else if (path !== undefined) {
      const text = textAt(path, (path.index[i] ?? 0) - 1);
      paths.set(text, (paths.get(text) ?? 0) + 1);
    }
  }
  return {
    paths,
    rest: kept.length === 0 ? undefined : chunkOf(select(day, new Uint32Array(kept))),
  };
}

function isLater(day: DayEvents, event: number, later: EventCounts): boolean {
  if (later.size === 0) return false;
  const engagedMs = day.engagedMs?.[event] ?? -1;
  const texts = TEXT_COLUMNS.map((name) => {
    const column = day.texts[name];
    const place = column?.index[event] ?? 0;
    return column === undefined || place === 0 ? null : textAt(column, place - 1);
  });
  const key = eventKey({
    timeMs: day.times[event] ?? 0,
    engagedMs: engagedMs < 0 ? null : engagedMs,
    texts,
  });
  const count = later.get(key) ?? 0;
  if (count > 0) later.set(key, count - 1);
  return count > 0;
}

function textAt({ bytes, ends }: Texts, place: number): string {
  return DECODER.decode(bytes.subarray(place === 0 ? 0 : ends[place - 1], ends[place]));
}

function chunkOf(day: DayEvents): StoredChunk {
  return { events: day.count, columns: encodeDayEvents(day) };
}

/** Copies some events with the values that they have. */
function select(day: DayEvents, rows: Uint32Array): DayEvents {
  const users = dictionaryOf(
    day.users.length / 2,
    day.userIndex.map((place) => place + 1),
    rows,
  );
  const hashes = new Uint32Array(2 * users.places.length);
  for (let i = 0; i < users.places.length; i += 1) {
    const place = users.places[i] ?? 0;
    hashes.set(day.users.subarray(2 * place, 2 * place + 2), 2 * i);
  }
  const { engagedMs } = day;
  const engaged =
    engagedMs && new Int32Array(rows.length).map((_, i) => engagedMs[rows[i] ?? 0] ?? -1);
  return {
    count: rows.length,
    times: rows.map((row) => day.times[row] ?? 0),
    users: hashes,
    userIndex: users.index.map((place) => place - 1),
    ...(day.userTexts && { userTexts: selectTexts(day.userTexts, users.places) }),
    texts: Object.fromEntries(
      Object.entries(day.texts).flatMap(([name, column]) => {
        const selected = selectColumn(column, rows);
        return selected === undefined ? [] : [[name, selected]];
      }),
    ),
    ...(engaged?.some((ms) => ms >= 0) === true && { engagedMs: engaged }),
  };
}

function selectColumn(column: TextColumn, rows: Uint32Array): TextColumn | undefined {
  const { places, index } = dictionaryOf(column.ends.length, column.index, rows);
  return places.length === 0 ? undefined : { ...selectTexts(column, places), index };
}

function dictionaryOf(values: number, index: Uint32Array, rows: Uint32Array) {
  const inOrder = new Uint32Array(values).map((_, place) => place);
  return new DayDictionaries(inOrder, index).next(rows);
}
