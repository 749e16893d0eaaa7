import type { AnalyticsEvent } from "../../../../src/event/event.ts";
import type { Random } from "../../../chaos/random.ts";

type Fields = Partial<AnalyticsEvent>;

export const EVENT_TYPES = [
  "page_view",
  "pageview",
  "engagement",
  "click",
  "purchase",
  "signup",
  "Клик 😀",
];

export const PATHS = [
  "/",
  "/blog/a",
  "/blog/a/",
  "/Blog/A",
  "/blog/2024/03/x",
  "/docs/install",
  "/docs/*",
  "/docs/\\",
  "/söme/pÄth",
  "/%61",
  "/a b\n",
  "/😀/e\u0301",
  "/shop/cart?x=1",
  "no-slash",
  "'); DROP TABLE events; --",
  "/blog/\uffff\u{10000}",
];

const HOSTNAMES = ["example.com", "www.example.com", "shop.example.com"];

/** What brings a visit: one of them often, most fields of an event never. */
const ACQUISITIONS: readonly Fields[] = [
  { referrer: "https://www.google.com/" },
  {
    referrer: "https://www.google.com/",
    utmSource: "google",
    utmMedium: "cpc",
    utmCampaign: "spring",
  },
  { referrer: "https://duckduckgo.com/?q=x" },
  { referrer: "https://T.CO/abc" },
  { referrer: "https://news.ycombinator.com:443/item?id=1" },
  { referrer: "android-app://com.reddit.frontpage/" },
  // Its own pages are no source.
  { referrer: "https://www.example.com/blog", hostname: "example.com" },
  { referrer: "https://example.com/blog", hostname: "shop.example.com" },
  { referrer: "not a URL" },
  { utmSource: "newsletter", utmMedium: "email", utmContent: "button", utmTerm: "event pipeline" },
  { utmSource: "Newsletter" },
  { utmCampaign: "spring" },
  { utmMedium: "social", utmTerm: "ünï" },
  { utmSource: "FB", utmMedium: "paid_social" },
  { referrer: "https://m.youtube.com/watch", utmMedium: "Display" },
  { referrer: "https://chatgpt.com/" },
  { utmCampaign: "Eshop week", utmMedium: "cpc" },
  { utmCampaign: "workshop" },
  { utmSource: "sms", utmMedium: "affiliate" },
  { utmMedium: "web-push" },
];

const COUNTRIES = ["DE", "FR", "NP", "US"];
const DEVICES = ["desktop", "mobile", "tablet"];
const BROWSERS = ["Firefox", "Chrome", "Safari", "firefox"];
const SYSTEMS = ["Linux", "Windows", "iOS"];
const SCREENS = ["1920x1080", "390x844"];
const LANGUAGES = ["de", "en-GB", "ne"];
const SESSIONS = ["s-1", "s-2"];

export const PROPERTY_NAMES = ["plan", "amount", "currency", "a:b", "__proto__", "ключ"];

/** Texts of JSON, as a client may send them. */
const PROPERTIES = [
  '{"plan":"pro"}',
  '{"plan":1}',
  '{"plan":"1"}',
  '{"plan":1.50}',
  '{"plan":true}',
  '{"plan":null}',
  '{"plan":""}',
  '{"plan":1e21}',
  '{"plan":1e-7,"ключ":"значение"}',
  '{"a:b":"x","plan":"free"}',
  '{"__proto__":"x","constructor":"y"}',
  '{"amount":10.10,"currency":"EUR"}',
  '{"amount":"0.1","currency":"EUR"}',
  '{"amount":"0.2","currency":"USD"}',
  '{"amount":-3,"currency":"EUR"}',
  '{"amount":"1e3","currency":"EUR"}',
  '{"amount":12345678901234567890.12,"currency":"JPY"}',
  '{"amount":7}',
  "{}",
];

/** Returns what stays the same for a person, mostly. */
export function randomProfile(random: Random): Fields {
  return some(random, 0.7, {
    country: random.pick(COUNTRIES),
    device: random.pick(DEVICES),
    browser: random.pick(BROWSERS),
    os: random.pick(SYSTEMS),
    screen: random.pick(SCREENS),
    language: random.pick(LANGUAGES),
    sessionId: random.pick(SESSIONS),
    hostname: random.pick(HOSTNAMES),
  });
}

/** Returns the fields of an event of a person; `numbers` is how many distinct paths of a kind there may be. */
export function randomFields(random: Random, profile: Fields, numbers: number) {
  const eventType = random.pick(EVENT_TYPES, (type) => (type === "page_view" ? 6 : 1));
  const path = random.chance(0.6) ? random.pick(PATHS) : `/p/${random.integer(1, numbers)}`;
  const isEngaged = eventType === "engagement" ? random.chance(0.9) : random.chance(0.05);
  return {
    eventType,
    path,
    ...some(random, 0.8, profile),
    ...(random.chance(0.1) ? some(random, 0.5, randomProfile(random)) : {}),
    ...(random.chance(0.25) ? random.pick(ACQUISITIONS) : {}),
    ...(random.chance(0.4) ? { properties: random.pick(PROPERTIES) } : {}),
    ...(isEngaged
      ? { engagedMs: String(random.pick([0, 1, 499, 500, random.integer(0, 90_000)])) }
      : {}),
  };
}

/** Returns each field with a probability. */
function some(random: Random, probability: number, fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(() => random.chance(probability)));
}
