import type { ReceivedEvent } from "../../../../src/event/event.ts";
import type {
  Filter,
  FilterDimension,
  MatchFilter,
  ReportQuery,
  SiteSettings,
} from "../../../../src/reporting/query/report-query.ts";
import { Random } from "../../../chaos/random.ts";
import { randomEvents, SITES } from "./random-events.ts";
import { type AskedSite, randomQuery } from "./random-query.ts";
import { SCENES, type Scene, windowOf } from "./scenes.ts";

const DAY_MS = 86_400_000;

/** What happens to a database before a question is asked. */
export type Step =
  | { readonly kind: "store"; readonly events: readonly ReceivedEvent[] }
  /** Packs the oldest rows of one site or of all, in passes, each of which makes a part of every day. */
  | ({ readonly kind: "pack"; readonly siteId?: string } & PackLimits)
  /** Makes one part of those of a day. */
  | { readonly kind: "merge" }
  /** Deletes raw rows of days before a date that are packed. */
  | { readonly kind: "prune"; readonly before: string }
  /** Deletes raw rows of days before a date that are not packed, as engines before packing did. */
  | { readonly kind: "lose"; readonly before: string };

export interface PackLimits {
  readonly rowsMax: number;
  readonly passesMax: number;
}

export interface World {
  readonly scene: Scene;
  readonly nowMs: number;
  readonly settings: SiteSettings;
  readonly steps: readonly Step[];
}

/** Returns events around the date of a scene, and what is packed and pruned while they arrive. */
export function randomWorld(random: Random): World {
  const scene = random.pick(SCENES);
  const isLarge = random.chance(0.1);
  const { batches } = randomEvents(random, {
    scene,
    people: isLarge ? 400 : random.integer(1, 60),
    paths: isLarge ? 5_000 : random.pick([3, 50]),
    batches: random.integer(2, 5),
  });
  const packs = random.chance(0.85);
  const prunes = random.chance(0.3);
  const loses = random.chance(0.15);
  const { fromMs, toMs } = windowOf(scene);
  const steps = batches.flatMap((events): Step[] => [
    { kind: "store", events },
    ...(packs && random.chance(0.7) ? [randomPack(random)] : []),
    ...(packs && random.chance(0.2) ? [{ kind: "merge" } as const] : []),
    ...(prunes && random.chance(0.5)
      ? [{ kind: "prune", before: utcDate(random.integer(fromMs, toMs)) } as const]
      : []),
    ...(loses && random.chance(0.4)
      ? [{ kind: "lose", before: utcDate(random.integer(fromMs, toMs)) } as const]
      : []),
  ]);
  const nowMs = toMs + random.pick([-3.3 * DAY_MS, -DAY_MS / 2, 1, DAY_MS, 40 * DAY_MS]);
  return {
    scene,
    nowMs: Math.round(nowMs),
    settings: randomSettings(random, scene),
    steps: withoutLateTies(steps),
  };
}

/** Returns a question about one of the sites, with values that its events have. */
export function randomQuestion(random: Random, world: World, steps: readonly Step[]): ReportQuery {
  const siteId = random.pick(SITES, (site) => (site === SITES[0] ? 6 : 1));
  const events = steps.flatMap((step) => (step.kind === "store" ? step.events : []));
  const sample = events.length === 0 ? [] : Array.from({ length: 20 }, () => random.pick(events));
  const site: AskedSite = {
    ...world,
    siteId,
    values: (dimension) => sample.flatMap((event) => valueOf(event, dimension) ?? []),
  };
  return randomQuery(random, site);
}

/** Leaves out events of a person and instant of earlier batches once rows are pruned: only those rows knew their order. */
function withoutLateTies(steps: readonly Step[]): readonly Step[] {
  const keyOf = ({ siteId, userId, timestamp }: ReceivedEvent) =>
    JSON.stringify([siteId, userId, timestamp]);
  const seen = new Set<string>();
  let isPruned = false;
  return steps.map((step) => {
    if (step.kind === "prune") isPruned = true;
    if (step.kind !== "store") return step;
    const events = isPruned ? step.events.filter((event) => !seen.has(keyOf(event))) : step.events;
    for (const event of events) seen.add(keyOf(event));
    return { ...step, events };
  });
}

function randomPack(random: Random): Step {
  return {
    kind: "pack",
    ...(random.chance(0.3) ? { siteId: random.pick(SITES) } : {}),
    ...random.pick<PackLimits>([
      { rowsMax: 60_000, passesMax: 1 },
      { rowsMax: 60_000, passesMax: 1 },
      { rowsMax: random.integer(1, 40), passesMax: random.integer(1, 20) },
      { rowsMax: random.integer(100, 1_000), passesMax: random.integer(1, 3) },
    ]),
  };
}

function randomSettings(random: Random, scene: Scene): SiteSettings {
  return {
    timeZone: scene.timeZone,
    pageViewTypes: random.pick([["page_view", "pageview"], ["page_view"], ["click", "signup"]]),
    goals: [
      { name: "Paid", filter: match("event:name", "purchase"), revenue: BY_PROPERTY },
      { name: "Paid again", filter: match("event:props:amount", "7"), revenue: IN_EUROS },
      { name: "Blog", filter: { ...match("event:page", "/blog/**"), operator: "matches_glob" } },
      { name: "Signup 😀", filter: match("event:name", "signup"), revenue: BY_PROPERTY },
      { name: "Never", filter: match("event:name", "never") },
    ],
    segments: [
      { name: "Germans", filter: match("visit:country", "DE") },
      {
        name: "Readers",
        filter: { kind: "has_done", filter: match("event:page", "/blog/a") },
      },
    ],
  };
}

const BY_PROPERTY = { amountProperty: "amount", currency: { property: "currency" } };
const IN_EUROS = { amountProperty: "amount", currency: { code: "EUR" } };

function match(dimension: FilterDimension, value: string): MatchFilter & Filter {
  return { kind: "match", operator: "is", dimension, values: [value], isCaseSensitive: true };
}

function valueOf(event: ReceivedEvent, dimension: FilterDimension): string | undefined {
  const [, name = "", ...rest] = dimension.split(":");
  if (name === "props") {
    const properties = JSON.parse(event.properties ?? "{}") as Record<
      string,
      string | number | boolean | null
    >;
    const key = rest.join(":");
    return Object.hasOwn(properties, key) ? String(properties[key] ?? "") || undefined : undefined;
  }
  if (name === "prop_names") {
    const names = Object.keys(JSON.parse(event.properties ?? "{}") as object);
    return names.length === 0 ? undefined : JSON.stringify(names);
  }
  if (name === "name") return event.eventType;
  if (name === "page" || name.endsWith("_page")) return event.path;
  if (name === "source") return event.utmSource ?? "google.com";
  if (name === "channel") return event.utmMedium === "cpc" ? "Paid Search" : "Direct";
  const key = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return new Map<string, string | undefined>(Object.entries(event)).get(key);
}

function utcDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
