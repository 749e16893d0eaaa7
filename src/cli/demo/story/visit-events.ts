import type { AnalyticsEvent } from "../../../event/event.ts";
import type { Origin } from "./origins.ts";
import { type DemoPage, NEXT_SECTIONS, PAGES, pageAt, type Section } from "./pages.ts";
import type { Random, Weighted } from "./random.ts";
import type { Visitor } from "./visitors.ts";

const HOSTNAME = "paperboat.example";
/** Further pages of somebody who stays. */
const PAGES_MAX = 14;

type Plan = "solo" | "team" | "business";
const PLANS: Weighted<Plan> = [
  [6, "solo"],
  [3, "team"],
  [1, "business"],
];
/** A year of a plan, in euros. */
const PRICES: Readonly<Record<Plan, number>> = { solo: 59, team: 149, business: 490 };
const QUERIES: Weighted<string> = [
  [5, "import csv"],
  [4, "tax rate"],
  [3, "backup"],
  [2, "webhook"],
  [1, "dark mode"],
];
const FILES: Weighted<string> = [
  [6, "paperboat-setup.exe"],
  [5, "paperboat.dmg"],
  [3, "paperboat.zip"],
  [2, "invoice-template.pdf"],
];
const LINKS: Weighted<string> = [
  [6, "https://github.com/paperboat/paperboat"],
  [2, "https://www.postgresql.org/"],
  [1, "https://mastodon.social/@paperboat"],
];

export interface DemoVisit {
  readonly siteId: string;
  readonly visitor: Visitor;
  readonly origin: Origin;
  readonly startMs: number;
}

type Extra = Pick<AnalyticsEvent, "engagedMs" | "properties">;

/** Returns the events of a visit in order of time. */
export function visitEvents(random: Random, visit: DemoVisit): AnalyticsEvent[] {
  const { origin } = visit;
  const walk = new Walk(random, visit);
  const entry = random.choose(origin.entries);
  let page = origin.path === undefined ? random.choose(PAGES[entry]) : pageAt(origin.path);
  // Somebody who was sent to an article reads it and goes.
  const leaves = { home: 0.36, product: 0.34, docs: 0.47, blog: 0.63, shop: 0.3 }[page.section];
  walk.view(page);
  if (random.happens(leaves)) return walk.events;
  for (let pages = 1; pages < PAGES_MAX; pages += 1) {
    page = nextPage(random, page);
    walk.view(page);
    if (page.path === "/signup" && random.happens(0.3)) {
      signUp(random, walk);
      break;
    }
    if (random.happens(0.29)) break;
  }
  return walk.events;
}

/** The events of a visit so far, and its time. */
class Walk {
  readonly events: AnalyticsEvent[] = [];
  readonly #random: Random;
  readonly #visit: DemoVisit;
  #nowMs: number;
  #page: DemoPage | undefined;

  constructor(random: Random, visit: DemoVisit) {
    this.#random = random;
    this.#visit = visit;
    this.#nowMs = visit.startMs;
  }

  /** Shows a page, reads it for a while, and does what readers of it do. */
  view(page: DemoPage): void {
    this.#page = page;
    this.add("page_view");
    const typicalMs = { home: 21_000, product: 34_000, docs: 68_000, blog: 96_000, shop: 24_000 };
    const engagedMs = Math.min(
      typicalMs[page.section] * Math.exp(0.8 * this.#random.normal()),
      1_200_000,
    );
    this.#nowMs += Math.round(engagedMs * (1 + 0.2 * this.#random.part()));
    this.#act(page.section);
    this.add("engagement", { engagedMs: String(Math.round(engagedMs)) });
    this.#nowMs += 200 + this.#random.below(900);
  }

  add(eventType: string, extra: Extra = {}): void {
    const { siteId, visitor, origin } = this.#visit;
    const { offsetHours: _, ...facts } = visitor;
    const { entries: __, path: ___, referrer, ...campaign } = origin;
    // The next pages of a visit have the site itself as their referrer.
    const came = this.events.length === 0 && referrer !== undefined ? { referrer } : {};
    const { path = "/", title = "" } = this.#page ?? {};
    this.events.push({
      eventId: eventId(this.#random),
      siteId,
      eventType,
      path,
      title,
      hostname: HOSTNAME,
      timestamp: new Date(this.#nowMs).toISOString(),
      ...facts,
      ...(this.events.length === 0 && campaign),
      ...came,
      ...extra,
    });
    // Reports take the order of events from their times, and read a day from its rows where these are equal.
    this.#nowMs += 1 + this.#random.below(300);
  }

  #act(section: Section): void {
    const random = this.#random;
    if (section === "docs" && random.happens(0.05)) {
      this.add("search", properties({ query: random.choose(QUERIES) }));
    } else if (section === "product" && random.happens(0.05)) {
      this.add(
        "file_download",
        properties({ url: `https://${HOSTNAME}/files/${random.choose(FILES)}` }),
      );
    } else if (section === "blog" && random.happens(0.06)) {
      this.add(
        "newsletter_signup",
        properties({ place: random.happens(0.7) ? "article" : "footer" }),
      );
    } else if (random.happens(0.02)) {
      this.add("outbound_click", properties({ url: random.choose(LINKS) }));
    }
  }
}

function signUp(random: Random, walk: Walk): void {
  const plan = random.choose(PLANS);
  const method = random.happens(0.6) ? "email" : "google";
  walk.add("signup", properties({ plan, method }));
  walk.view(pageAt("/welcome"));
  if (!random.happens(0.34)) return;
  walk.view(pageAt("/checkout"));
  if (!random.happens(0.8)) return;
  const amount = PRICES[plan];
  walk.add("purchase", properties({ plan, amount, currency: "EUR" }));
  walk.view(pageAt("/thanks"));
}

function nextPage(random: Random, from: DemoPage): DemoPage {
  const page = random.choose(PAGES[random.choose(NEXT_SECTIONS[from.section])]);
  return page === from ? pageAt(from.path === "/" ? "/features" : "/") : page;
}

/** A UUID of version 8. The same visit has the same ids, so that it counts once however often it is sent. */
function eventId(random: Random): string {
  const [a, b, c, d] = [hex(random), hex(random), hex(random), hex(random)];
  return `${a}-${b.slice(0, 4)}-8${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

/** 32 bits. */
function hex(random: Random): string {
  return random.bits().toString(16).padStart(8, "0");
}

function properties(fields: Readonly<Record<string, string | number>>): Extra {
  return { properties: JSON.stringify(fields) };
}
