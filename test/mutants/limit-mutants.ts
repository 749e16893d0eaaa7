import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const BUCKETS = testedBy("test/unit/limits/buckets.test.ts");
const LIMITER = testedBy("test/unit/limits/limiter.test.ts");
const QUOTAS = testedBy(
  "test/unit/limits/daily-quotas.test.ts",
  "test/stream/quota-counts.test.ts",
);
const ENGINE = testedBy("test/system/limits.test.ts");
const SITES = testedBy("test/system/site-limits.test.ts");
const ACCEPT = testedBy("test/unit/accept-events.test.ts");

/** Break what keeps a client within its limits. */
export const LIMIT_MUTANTS: readonly Mutant[] = [
  {
    name: "requests-unlimited",
    promise: "a request counts before its body is read",
    file: "src/http/admit-client.ts",
    find: "  limits.admitRequest(client);\n",
    replace: "",
    course: ENGINE,
  },
  {
    name: "guesses-are-free",
    promise: "a guessed key counts for its address",
    file: "src/http/admit-client.ts",
    find: "    admitClient(request, {}, parts);\n    throw error;",
    replace: "    throw error;",
    course: ENGINE,
  },
  {
    name: "site-limits-ignored",
    promise: "limits of keys and sites hold in ingest threads",
    file: "src/roles/ingest-role.ts",
    find: "onDocument: ingestLimits.setSubjects",
    replace: "onDocument: () => undefined",
    course: SITES,
  },
  {
    name: "key-limits-ignored",
    promise: "limits of a key hold for what comes with it",
    file: "src/http/access/admit-sender.ts",
    find: "{ keyId, siteId: ownSiteOf(key) }",
    replace: "{ siteId: ownSiteOf(key) }",
    course: SITES,
  },
  {
    name: "events-unlimited",
    promise: "events count before they are appended",
    file: "src/accept/accept-events.ts",
    find: "if (client !== undefined) admission = await limits.admitEvents(client, distinct.events);",
    replace: "",
    course: ACCEPT,
  },
  {
    name: "refused-events-kept",
    promise: "events that were not appended are given back",
    file: "src/accept/accept-events.ts",
    find: "if (admission !== undefined) limits.giveBack(admission);",
    replace: "",
    course: ACCEPT,
  },
  {
    name: "takings-not-told",
    promise: "a client of all threads has its limit once",
    file: "src/supervisor/supervisor.ts",
    find: 'if (thread.role === "ingest" && thread.name !== from) thread.sendTaken(taken);',
    replace: "",
    course: ENGINE,
  },
  {
    name: "takings-told-twice",
    promise: "a client of one thread has its whole limit",
    file: "src/access/limits/buckets.ts",
    find: "      this.#unsentMs[slot] = 0;\n      this.#isQueued[slot] = 0;",
    replace: "      this.#isQueued[slot] = 0;",
    course: BUCKETS,
  },
  {
    name: "half-a-batch-taken",
    promise: "a refused batch takes from no limit",
    file: "src/access/limits/demand.ts",
    find: "  if (longest !== undefined) throw rateLimited(longest, longestMs);\n  for (const demand of demands) demand.buckets.take(demand.subject, demand, nowMs);",
    replace:
      "  for (const demand of demands) demand.buckets.take(demand.subject, demand, nowMs);\n  if (longest !== undefined) throw rateLimited(longest, longestMs);",
    course: LIMITER,
  },
  {
    name: "batch-over-burst-waits",
    promise: "a batch that no wait admits is not told to wait",
    file: "src/access/limits/limiter.ts",
    find: "    checkBursts(demands);\n",
    replace: "",
    course: LIMITER,
  },
  {
    name: "debt-forgotten-first",
    promise: "a flood of addresses does not make the engine forget a client in debt",
    file: "src/access/limits/buckets.ts",
    find: "(this.#fullAtMs[slot] ?? 0) < (this.#fullAtMs[least] ?? 0)",
    replace: "(this.#fullAtMs[slot] ?? 0) > (this.#fullAtMs[least] ?? 0)",
    course: BUCKETS,
  },
  {
    name: "addresses-among-sites",
    promise: "a flood of addresses does not make the engine forget the debt of a site",
    file: "src/access/limits/limiter.ts",
    find: "this.#ofSubjects = buckets();",
    replace: "this.#ofSubjects = this.#ofAddresses;",
    course: LIMITER,
  },
  {
    name: "places-guessable",
    promise: "nobody can choose addresses that share a place",
    file: "src/access/limits/tabulation-hash.ts",
    find: "crypto.getRandomValues(new Uint32Array(BYTES * BYTE_VALUES))",
    replace: "new Uint32Array(BYTES * BYTE_VALUES).map((_, i) => Math.imul(i, 2_654_435_761))",
    course: BUCKETS,
  },
  {
    name: "each-ipv6-address-alone",
    promise: "a client has one limit for its /64",
    file: "src/access/limits/address-words.ts",
    find: "lo: wordAt(2)",
    replace: "lo: wordAt(6)",
    course: testedBy("test/unit/limits/subject.test.ts"),
  },
  {
    name: "quota-not-checked",
    promise: "a site has no more events a day than its quota",
    file: "src/access/limits/limiter.ts",
    find: "    checkQuotas(quotas, { quotas: this.quotas, utcMs: instant.utcMs });\n",
    replace: "",
    course: LIMITER,
  },
  {
    name: "quota-begins-again",
    promise: "a restarted thread knows what was counted on this day",
    file: "src/accept/thread-limits.ts",
    find: "    if (this.#limiter.quotas.isAsking) await this.#quotas.readTotals();\n",
    replace: "",
    course: testedBy("test/unit/limits/thread-limits.test.ts"),
  },
  {
    name: "flush-counted-again",
    promise: "counts of a quota that are sent again count once",
    file: "src/stream/access/quota-counts.ts",
    find: "if isNew and ARGV[i + 1] ~= '0' then",
    replace: "if ARGV[i + 1] ~= '0' then",
    course: QUOTAS,
  },
  {
    name: "lost-flush-forgotten",
    promise: "counts of a quota are sent until Redis has them",
    file: "src/access/limits/daily-quotas.ts",
    find: "if (this.#flush !== undefined) return this.#flush;",
    replace: "",
    course: QUOTAS,
  },
];
