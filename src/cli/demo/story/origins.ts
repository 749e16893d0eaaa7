import type { Section } from "./pages.ts";
import type { Random, Weighted } from "./random.ts";

/** How a visit came, and where it begins. */
export interface Origin {
  readonly referrer?: string;
  readonly utmSource?: string;
  readonly utmMedium?: string;
  readonly utmCampaign?: string;
  readonly utmContent?: string;
  readonly utmTerm?: string;
  readonly entries: Weighted<Section>;
  /** The page it begins at, when it is always the same. */
  readonly path?: string;
}

const FROM_SEARCH: Weighted<Section> = [
  [34, "docs"],
  [30, "blog"],
  [22, "home"],
  [14, "product"],
];
const FROM_READERS: Weighted<Section> = [
  [62, "blog"],
  [28, "home"],
  [10, "product"],
];
const FROM_MEMORY: Weighted<Section> = [
  [62, "home"],
  [20, "docs"],
  [12, "product"],
  [6, "blog"],
];
const FROM_ADS: Weighted<Section> = [
  [70, "product"],
  [30, "home"],
];

const SEARCH_TERMS: Weighted<string> = [
  [5, "invoice software"],
  [3, "inventory small shop"],
  [2, "self hosted invoicing"],
  [1, "paper boat"],
];

const ALWAYS: Weighted<Origin> = [
  [270, { entries: FROM_MEMORY }],
  [255, from("https://www.google.com/", FROM_SEARCH)],
  [34, from("https://duckduckgo.com/", FROM_SEARCH)],
  [28, from("https://www.bing.com/", FROM_SEARCH)],
  [9, from("https://www.ecosia.org/", FROM_SEARCH)],
  [30, from("https://chatgpt.com/", FROM_SEARCH)],
  [11, from("https://www.perplexity.ai/", FROM_SEARCH)],
  [62, from("https://github.com/paperboat/paperboat", FROM_MEMORY)],
  [36, from("https://www.reddit.com/r/smallbusiness/", FROM_READERS)],
  [21, from("https://www.linkedin.com/", FROM_READERS)],
  [19, from("https://t.co/", FROM_READERS)],
  [15, from("https://mastodon.social/", FROM_READERS)],
  [14, from("https://www.youtube.com/", FROM_READERS)],
  [12, from("https://dev.to/paperboat/one-database-is-enough", FROM_READERS)],
  [10, from("https://news.ycombinator.com/", FROM_READERS)],
  [8, from("https://harbour-bakery.example/", FROM_MEMORY)],
];

const HACKER_NEWS: Origin = {
  referrer: "https://news.ycombinator.com/item?id=45981012",
  entries: FROM_READERS,
  path: "/blog/we-left-the-cloud",
};
const LOBSTERS: Origin = { ...HACKER_NEWS, referrer: "https://lobste.rs/s/kq3v2n/we_left_cloud" };

/** What happened `day` days after a beginning that made many come, as visits that usual ones are multiplied with. */
export function visitsAfterLaunch(day: number): number {
  return day < 0 || day > 20 ? 0 : 3.4 * Math.exp(-day / 1.8);
}

export interface OriginDay {
  readonly date: string;
  /** 0 is Monday. */
  readonly weekday: number;
  /** How many times as many visits as usual come because an article was shared. */
  readonly shared: number;
}

/** Returns how one visit of the day came. */
export function originOf(random: Random, day: OriginDay): Origin {
  if (random.happens(day.shared / (1 + day.shared))) {
    return random.happens(0.86) ? HACKER_NEWS : LOBSTERS;
  }
  // The newsletter is sent on Tuesdays.
  const newsletter = [0.01, 0.16, 0.07, 0.03, 0.02, 0.01, 0.01][day.weekday] ?? 0;
  if (random.happens(newsletter)) return newsletterOf(random, day.date);
  const ads = isOfAds(day.date) ? 0.14 : 0.03;
  if (random.happens(ads)) return adOf(random, day.date);
  return random.choose(ALWAYS);
}

function isOfAds(date: string): boolean {
  const month = date.slice(5, 7);
  return month === "03" || month === "09" || month === "11";
}

function newsletterOf(random: Random, date: string): Origin {
  return {
    utmSource: "newsletter",
    utmMedium: "email",
    utmCampaign: `digest-${date.slice(0, 7)}`,
    utmContent: random.happens(0.7) ? "headline" : "footer",
    entries: FROM_READERS,
  };
}

function adOf(random: Random, date: string): Origin {
  const names: Readonly<Record<string, string>> = {
    "03": "spring-sale",
    "09": "back-to-work",
    "11": "black-friday",
  };
  const utmCampaign = names[date.slice(5, 7)] ?? "brand";
  if (random.happens(0.3)) {
    const referrer = "https://www.facebook.com/";
    return { referrer, utmSource: "facebook", utmMedium: "paid", utmCampaign, entries: FROM_ADS };
  }
  return {
    referrer: "https://www.google.com/",
    utmSource: "google",
    utmMedium: "cpc",
    utmCampaign,
    utmTerm: random.choose(SEARCH_TERMS),
    entries: FROM_ADS,
  };
}

function from(referrer: string, entries: Weighted<Section>): Origin {
  return { referrer, entries };
}
