import type { Metric, Operator, TimeUnit } from "../../reporting/query/report-query.ts";
import type { FailureKind } from "../api/failure-kind.ts";
import type { Theme } from "../app/themes.ts";
import type { ComparedWith } from "../app/view.ts";
import type { ListGroup } from "../report/lists.ts";
import { pipeline } from "./en-pipeline.ts";

type Names<Name extends string> = Readonly<Record<Name, string>>;
type SomeNames = Readonly<Record<string, string | undefined>>;

const metrics: Names<Metric> = {
  visitors: "Visitors",
  visits: "Visits",
  pageviews: "Page views",
  events: "Events",
  views_per_visit: "Views per visit",
  bounce_rate: "Bounce rate",
  visit_duration: "Visit duration",
  time_on_page: "Time on page",
  percentage: "Share",
  conversions: "Conversions",
  conversion_rate: "Conversion rate",
  revenue: "Revenue",
};

const units: Names<TimeUnit> = {
  minute: "Minute",
  hour: "Hour",
  day: "Day",
  week: "Week",
  month: "Month",
};

const operators: Names<Operator> = {
  is: "is",
  is_not: "is not",
  contains: "contains",
  contains_not: "does not contain",
  matches_glob: "matches pattern",
  matches_glob_not: "does not match pattern",
};

const periods: SomeNames = {
  day: "Today",
  yesterday: "Yesterday",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "28d": "Last 28 days",
  "30d": "Last 30 days",
  "91d": "Last 91 days",
  month: "This month",
  lastMonth: "Last month",
  "6mo": "Last 6 months",
  "12mo": "Last 12 months",
  year: "This year",
  all: "All time",
};

const comparisons: Names<ComparedWith> = {
  none: "No comparison",
  previous_period: "Previous period",
  same_weekdays: "Same weekdays before",
  year_over_year: "Year over year",
};

const groups: Names<ListGroup["name"]> = {
  sources: "Sources",
  pages: "Pages",
  places: "Places",
  devices: "Devices",
  events: "Events",
};

const tabs: SomeNames = {
  "visit:channel": "Channels",
  "visit:source": "Sources",
  "visit:referrer": "Referrers",
  "visit:utm_campaign": "Campaigns",
  "visit:utm_medium": "UTM medium",
  "visit:utm_source": "UTM source",
  "visit:utm_content": "UTM content",
  "visit:utm_term": "UTM term",
  "event:page": "Top",
  "visit:entry_page": "Entry",
  "visit:exit_page": "Exit",
  "event:hostname": "Hosts",
  "visit:country": "Countries",
  "visit:language": "Languages",
  "visit:browser": "Browsers",
  "visit:os": "Systems",
  "visit:device": "Types",
  "visit:screen": "Sizes",
  "event:goal": "Goals",
  "event:name": "Events",
};

const dimensions: SomeNames = {
  "visit:channel": "Channel",
  "visit:source": "Source",
  "visit:referrer": "Referrer",
  "visit:utm_campaign": "UTM campaign",
  "visit:utm_medium": "UTM medium",
  "visit:utm_source": "UTM source",
  "visit:utm_content": "UTM content",
  "visit:utm_term": "UTM term",
  "event:page": "Page",
  "visit:entry_page": "Entry page",
  "visit:exit_page": "Exit page",
  "event:hostname": "Host",
  "visit:country": "Country",
  "visit:language": "Language",
  "visit:browser": "Browser",
  "visit:os": "System",
  "visit:device": "Device type",
  "visit:screen": "Screen size",
  "event:goal": "Goal",
  "event:name": "Event",
  segment: "Segment",
};

/** Of dimensions whose values are words, in lower case. */
const values: SomeNames = { desktop: "Desktop", mobile: "Mobile", tablet: "Tablet" };

interface Failure {
  readonly title: string;
  readonly advice: string;
}
const failures: Readonly<Record<FailureKind, Failure>> = {
  lost: { title: "The engine does not answer", advice: "Trying again." },
  busy: {
    title: "The engine is busy",
    advice: "The numbers appear as soon as it has time for them.",
  },
  too_much: {
    title: "That is too much to count at once",
    advice: "Choose a shorter range of dates, or take away a filter.",
  },
  key_required: {
    title: "These numbers need a key",
    advice: "Sign in with an admin or read key of the site.",
  },
  refused: { title: "The engine refused the question", advice: "" },
};

const themes: Names<Theme> = { system: "System", light: "Light", dark: "Dark" };

interface SignInWords {
  readonly title: string;
  readonly lead: string;
  readonly key: string;
  readonly submit: string;
  readonly out: string;
  readonly byLink: string;
  readonly byLinkMeaning: string;
  /** By the code of the engine's error. */
  readonly problems: SomeNames;
  readonly linkIsOver: string;
  readonly otherProblem: string;
  /** `site` is undefined for every site. */
  readonly rights: (kind: "read" | "admin", site: string | undefined, until: string) => string;
}

const signIn: SignInWords = {
  title: "Sign in",
  lead: "With a key of this server. You stay signed in for 12 hours.",
  key: "Read or admin key",
  submit: "Sign in",
  out: "Sign out",
  byLink: "Or by a link",
  byLinkMeaning: "This command prints one on the server. The link works once, within five minutes.",
  problems: {
    key_malformed: "That is no key: look for a typing error.",
    key_unknown: "This server does not know the key.",
    key_revoked: "The key was revoked.",
    key_expired: "The key has expired.",
    wrong_kind: "The key may not read: a read or admin key is needed.",
    password_wrong: "That is not the password.",
    rate_limited: "Too many attempts. Wait a minute, then try again.",
  },
  linkIsOver: "This link was used already, or is older than five minutes.",
  otherProblem: "Signing in failed. Try again.",
  rights: (kind, site, until) =>
    `Signed in to ${kind === "admin" ? "administer" : "read"} ${site ?? "every site"} until ${until}`,
};

/** All words of the pages. Other languages have the same keys. */
export const en = {
  metrics,
  units,
  operators,
  periods,
  comparisons,
  groups,
  tabs,
  dimensions,
  values,
  failures,
  signIn,
  pipeline,
  themes,
  durations: {
    hours: (count: number) => `${count}h`,
    minutes: (count: number) => `${count}m`,
    seconds: (count: number) => `${count}s`,
  },
  shared: {
    over: "This link is no longer valid",
    overAdvice: "Ask the person who sent it for a new one.",
    locked: "This link asks for a password",
    lockedAdvice: "You got it from the person who sent the link.",
    password: "Password",
    open: "Open",
    refused: "A link with a password cannot be embedded",
    refusedAdvice: "Open the link itself, or embed one without a password.",
  },
  openToAll: {
    title: "This engine asks nobody who they are",
    meaning:
      "It runs with ACCESS=open: everybody who reaches it sees every site, and nobody is an administrator. So nobody can sign in, and the pipeline, keys, public links, goals and annotations are not changed in the browser.",
    commands: "On the server, these commands do it:",
    remedy:
      "To do it here, remove ACCESS=open, restart the engine, and sign in by the link that queueflow dashboard prints.",
    link: "Public links do not work here",
    linkAdvice:
      "This engine runs with ACCESS=open, and shows every site to everybody. Open its dashboard instead.",
  },
  annotations: {
    menu: "Annotate",
    text: "What happened?",
    date: "Date",
    time: "Time, if wanted",
    add: "Add",
    all: "Annotations",
    remove: "Remove",
  },
  share: {
    menu: "Share",
    meaning: "Anybody who has the link sees the numbers of this site, and nothing else.",
    label: "Who is it for?",
    example: "Such as investors",
    password: "Password, if wanted",
    create: "Create a link",
    links: "Links in force",
    withPassword: "with a password",
    revoke: "Revoke",
    link: "The link, shown only now",
    embed: "For a frame in the site's own pages",
    origins: (origins: string) =>
      `Browsers show the frame in pages of these origins only: ${origins}`,
    noOrigins:
      "No page can show it in a frame, since the site has no origins. Set them first, such as:",
    notEmbedded: "A link with a password cannot be embedded.",
    copy: "Copy",
    copied: "Copied",
  },
  points: (difference: string) => `${difference} pp`,
  overview: "Overview",
  none: "(none)",
  value: "Value",
  up: "up",
  down: "down",
  noChange: "nothing to compare with",
  before: (value: string) => `Before: ${value}`,
  noRows: "Nothing in this range.",
  noGoals: "No goals yet. An administrator adds them here, or by queueflow goals.",
  details: (total: number) => `Details (${total.toLocaleString("en")})`,
  more: "More",
  exclude: (value: string) => `Exclude ${value}`,
  filter: "Filter",
  filters: "Filters",
  changeFilter: (filter: string) => `Change the filter: ${filter}`,
  removeFilter: (filter: string) => `Remove the filter: ${filter}`,
  removeAll: "Clear all",
  operator: "Operator",
  search: "Search",
  apply: "Apply",
  tooLong: (bytes: number, max: number) =>
    `This is too long: ${bytes} bytes of at most ${max}. Letters beyond a to z take two to four.`,
  close: "Close",
  earlier: "Earlier",
  later: "Later",
  dateRange: (name: string) => `Date range: ${name}`,
  from: "From",
  to: "To",
  compare: "Compare with",
  comparedWith: "Compared with",
  timeZone: "Time zone",
  siteZone: "The site's",
  ownZone: "My own",
  interval: "Interval",
  asTable: "Table",
  asPicture: "PNG",
  chartOf: (metric: string, unit: string) =>
    `${metric} over time, by ${unit.toLowerCase()}. Arrow keys read the values.`,
  weekOf: (date: string) => `Week of ${date}`,
  provisional: "may still change",
  dailySum: "Visitors without an id are counted anew each day; this is the sum of the days",
  lost: "The engine does not answer. These are the last numbers; the page recovers by itself.",
  asOf: (time: string) => `As of ${time}`,
  pending: (events: string, age: string) => `${events} accepted and not yet stored, ${age} behind`,
  pendingUnknown: "how many events are pending is unknown",
  incomplete: (days: string) => `Not whole, since events were deleted: ${days}`,
  andMore: (named: string, more: number) => `${named} and ${more} more`,
  visitorsNow: (text: string, count: number) =>
    `${text} ${count === 1 ? "visitor" : "visitors"} now`,
  nowMeaning: (minutes: number) => `Visitors with an event in the last ${minutes} minutes`,
  allSites: {
    title: "All sites",
    add: "Add a site",
    site: "Site",
    trend: "Visitors by day",
    trendOf: (least: number, most: number) =>
      `Visitors by day: from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}`,
    growth: "Growth",
    none: "No site has this in its name.",
    noEvents: "No events yet",
    pages: "Pages of sites",
    shortened: (asked: string, days: number, shown: string) =>
      `${asked} is more than the ${days} days over which sites are compared. Shown: ${shown}.`,
    addingUp: (days: number) => `Adding up ${days.toLocaleString("en")} days of every site …`,
    byVisitors: "Sorted by the visitors of each day, added up.",
    distributed:
      "Visitors and page views are exact, in the time zone of each site and at a moment of its own. Events, their growth and the visitors by day are exact totals of UTC days. The database is distributed over several servers, so that those of two sites may be of different moments.",
    exactness:
      "Visitors and page views are exact, in the time zone of each site and at a moment of its own. Events, their growth and the visitors by day are exact totals of UTC days, all of the same moment.",
  },
  addSite: {
    title: "Add a site",
    lead: "A site is a name for events that belong together, usually a domain.",
    id: "Domain or other name in events",
    name: "Title, if it should have another",
    submit: "Continue",
    exists: "This site has been added already.",
    needsAdmin: "Only somebody who is signed in with an admin key can add a site.",
    withoutSettings:
      "Nothing has to be saved first: the site is there with its first event. A title and a time zone need an admin key.",
    back: "Back",
  },
  firstEvent: {
    waiting: "Waiting for the first event",
    arrived: "The first event has arrived",
    show: "Show the numbers",
    script: "Put this into your pages",
    scriptMeaning: "Anywhere in the head of each page. It sets no cookies.",
    key: "Where events from browsers need a key, add it as data-key. The command queueflow keys create --browser makes one.",
  },
  live: {
    minutes: (count: number) => `Page views of the last ${count} minutes`,
    minute: (time: string, visitors: number, views: number) =>
      `${time}: ${visitors} ${visitors === 1 ? "visitor" : "visitors"}, ${views} ${views === 1 ? "page view" : "page views"}`,
    pages: "Pages now",
    nobody: "Nobody at the moment.",
  },
  csvEnds: (rows: number) => `The file ends after ${rows.toLocaleString("en")} rows.`,
  searchSites: "Search sites",
  siteMenu: (site: string) => `Site: ${site}`,
  segments: {
    all: "Segments",
    none: "No segments yet. An administrator saves the filters in force as one.",
    save: "Save as a segment",
    name: "Name of the segment",
  },
  goals: {
    menu: "Goals…",
    kind: "What counts",
    event: "An event",
    page: "A visit to pages",
    eventName: "Name of the event",
    pagePattern: "Page, such as /docs/**",
    name: "Name of the goal, if another",
    revenue: "Property with the revenue",
    currency: "Currency",
    add: "Add goal",
    remove: "Remove",
  },
  keyboard: {
    title: "Keyboard",
    earlier: "Earlier dates",
    later: "Later dates",
    compare: "Compare or not",
    chart: "In the chart: read its values",
    help: "This help",
    close: "Close menus and lists",
  },
  tooMuch: { shorter: "Show the last 28 days", unfiltered: "Take all filters away" },
  properties: {
    menu: "Properties",
    looking: "Looking for properties…",
    none: "These events have no properties.",
    notAll: "These events have more combinations of properties than can be listed.",
  },
  propertyName: "Another, such as plan",
  addProperty: "Show",
  rowsOf: (from: number, to: number, total: number) =>
    `${from.toLocaleString("en")}–${to.toLocaleString("en")} of ${total.toLocaleString("en")}`,
  previousPage: "Previous",
  nextPage: "Next",
  links: "Engine",
  colors: "Colours",
  welcome: {
    title: "Waiting for the first event",
    lead: "Send one event, and this page shows it. Nothing else has to be set up.",
    send: "Send an event",
    read: "Read the numbers",
    page: "Or put this into your pages",
    where: "Where to go",
    api: "API",
    apiMeaning: "all routes, with a form to try each",
    health: "Health",
    healthMeaning: "the state of each part, as JSON",
    metrics: "Metrics",
    metricsMeaning: "for Prometheus",
    commands: "Command line",
    commandsMeaning: "queueflow status watches the engine, queueflow doctor finds problems",
    today: "Today's numbers of the site, as JSON",
    state: "State",
    version: (version: string) => `Version ${version}`,
  },
};

export type Words = typeof en;
