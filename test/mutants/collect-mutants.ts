import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const BEACON = testedBy("test/unit/beacon.test.ts");
const SYSTEM = testedBy("test/system/collect.test.ts");

/** Break what decides which events of browsers are stored, and with what. */
export const COLLECT_MUTANTS: readonly Mutant[] = [
  {
    name: "robots-counted",
    promise: "robots are dropped",
    file: "src/collect/drop-reason.ts",
    find: 'if (agent.isRobot) return "robot";',
    replace: "",
    course: BEACON,
  },
  {
    name: "prefetches-counted",
    promise: "a page that nobody has opened is dropped",
    file: "src/collect/drop-reason.ts",
    find: 'const PURPOSE_HEADERS = ["sec-purpose", "purpose", "x-moz"];',
    replace: 'const PURPOSE_HEADERS = ["purpose", "x-moz"];',
    course: BEACON,
  },
  {
    name: "objections-ignored",
    promise: "with RESPECT_GPC, browsers that object are dropped",
    file: "src/collect/drop-reason.ts",
    find: "if (!respectsGpc) return undefined;",
    replace: "return undefined;",
    course: BEACON,
  },
  {
    name: "client-names-country",
    promise: "a browser cannot say what the request tells, nor internal fields",
    file: "src/collect/beacon.ts",
    find: "if (TAKEN.has(name)) {",
    replace: "if (name !== AGE_FIELD) {",
    course: BEACON,
  },
  {
    name: "age-without-bound",
    promise: "an event is at most a day old, as long as its salt exists",
    file: "src/collect/beacon.ts",
    find: "Number(value) <= AGE_MS_MAX",
    replace: "true",
    course: BEACON,
  },
  {
    name: "own-pages-are-sources",
    promise: "a referrer on the event's own host name is no source",
    file: "src/collect/beacon.ts",
    find: "withoutWww(source.hostname) === withoutWww(hostname)",
    replace: "source.hostname === hostname",
    course: BEACON,
  },
  {
    name: "referrers-keep-passwords",
    promise: "no credentials or hash of a referrer is stored",
    file: "src/collect/beacon.ts",
    find: 'source.username = source.password = source.hash = "";',
    replace: "",
    course: BEACON,
  },
  {
    name: "user-agents-as-browsers",
    promise: "an unknown user agent is not stored as a browser",
    file: "src/collect/agent.ts",
    find: "isQuoted(browser, text)",
    replace: "false",
    course: testedBy("test/unit/collect.test.ts"),
  },
  {
    name: "country-of-anybody",
    promise: "only trusted proxies name a country",
    file: "src/http/collect/browser-facts.ts",
    find: "if (countryHeader !== undefined && isProxied()) {",
    replace: "if (countryHeader !== undefined) {",
    course: testedBy("test/unit/browser-facts.test.ts"),
  },
  {
    name: "excluded-browsers-refused",
    promise: "a browser that its site leaves out gets a 202 and is counted as dropped",
    file: "src/accept/without-forbidden.ts",
    find: 'if (use === "writes" || !(error instanceof ExcludedError))',
    replace: "if (use !== undefined || !(error instanceof ExcludedError))",
    course: SYSTEM,
  },
  {
    name: "head-counts",
    promise: "asking for the headers of a pixel counts nothing",
    file: "src/http/routes/collect-route.ts",
    find: 'if (request.method !== "HEAD") return',
    replace: 'if (request.method !== "PUT") return',
    course: SYSTEM,
  },
  {
    name: "debug-for-anybody",
    promise: "once reads are closed, a debug request needs an admin key",
    file: "src/http/collect/debug-response.ts",
    find: "key === undefined && isOpen ? EVERY_SITE",
    replace: "key === undefined || isOpen ? EVERY_SITE",
    course: SYSTEM,
  },
  {
    name: "debug-of-any-site",
    promise: "the admin key of a site shows nothing of another",
    file: "src/http/collect/debug-response.ts",
    find: "expectInScope(scope, read.event.siteId);",
    replace: "",
    course: SYSTEM,
  },
];
