import type { ReceivedEvent } from "../../../../src/event/event.ts";
import type { Random } from "../../../chaos/random.ts";
import { randomFields, randomProfile } from "./random-fields.ts";
import { randomInstant, type Scene, windowOf } from "./scenes.ts";

const MINUTE_MS = 60_000;
const GAP_MS = 30 * MINUTE_MS;

export const SITES = ["example.com", "a", "пример.рф"];

export interface RandomEvents {
  /** Batches as they arrive: late events, and some of earlier batches again. */
  readonly batches: readonly (readonly ReceivedEvent[])[];
}

export interface EventsOptions {
  readonly scene: Scene;
  readonly people: number;
  /** How many distinct paths there may be. */
  readonly paths: number;
  readonly batches: number;
}

/** Returns events of people who come and go around a scene's date. */
export function randomEvents(random: Random, options: EventsOptions): RandomEvents {
  const events = Array.from({ length: options.people }, (_, number) =>
    eventsOfPerson(random, number, options),
  ).flat();
  const batches: ReceivedEvent[][] = Array.from({ length: options.batches }, () => []);
  for (const event of events) {
    random.pick(batches).push(event);
    if (random.chance(0.05)) random.pick(batches).push(event);
  }
  return { batches };
}

function eventsOfPerson(random: Random, number: number, options: EventsOptions): ReceivedEvent[] {
  const { scene, paths } = options;
  const siteId = random.pick(SITES, (site) => (site === "example.com" ? 8 : 1));
  const profile = randomProfile(random);
  const isDaily = random.chance(0.25);
  const user = random.chance(0.05) ? `user ${number} 😀` : `user-${number}`;
  const { toMs } = windowOf(scene);
  return Array.from({ length: random.integer(1, 4) }, () => {
    const instants = randomWalk(random, randomInstant(random, scene), toMs);
    return instants.map((atMs): ReceivedEvent => {
      const daily = { userId: `${number}-${localDate(atMs, scene)}`, visitor: "daily" };
      return {
        eventId: randomUuid(random),
        siteId,
        timestamp: new Date(atMs).toISOString(),
        receivedAt: new Date(atMs + 1_000).toISOString(),
        ...(isDaily ? daily : { userId: user }),
        ...randomFields(random, profile, paths),
      };
    });
  }).flat();
}

/** Returns the instants of a visit, or of several: gaps are around the 30 minutes that end one. Now and then it goes on for days. */
function randomWalk(random: Random, startMs: number, endMs: number): readonly number[] {
  const isMarathon = random.chance(0.01);
  const length = isMarathon ? 160 : random.pick([1, 1, 2, 3, 5, 8]);
  const instants = [startMs];
  for (let atMs = startMs; instants.length < length; ) {
    atMs += isMarathon ? random.integer(25 * MINUTE_MS, GAP_MS) : randomGap(random);
    if (atMs >= endMs) break;
    instants.push(atMs);
  }
  return instants;
}

function randomGap(random: Random): number {
  return random.pick([
    0,
    1,
    random.integer(1, 20_000),
    random.integer(1, 20 * MINUTE_MS),
    GAP_MS - 1,
    GAP_MS,
    GAP_MS + 1,
    random.integer(GAP_MS, 8 * GAP_MS),
  ]);
}

/** The ids of daily visitors change with the day of the site's zone. */
function localDate(atMs: number, { timeZone }: Scene): string {
  const at = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
  return at.toPlainDate().toString();
}

function randomUuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.integer(0, 15).toString(16)).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
