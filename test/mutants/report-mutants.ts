import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const DESK = testedBy("test/unit/reporting/question-desk.test.ts");
const TURNS = testedBy("test/unit/reporting/fold-turns.test.ts");
const QUERY = testedBy("test/system/query.test.ts");
const FAULTS = testedBy("test/system/query-faults.test.ts");
const DEFINITIONS = testedBy("test/store/access/definitions.test.ts");

/** Break what a report thread promises, and the route that asks it. */
export const REPORT_MUTANTS: readonly Mutant[] = [
  {
    name: "site-takes-all-connections",
    promise: "the questions of a site leave room for other sites",
    file: "src/reporting/questions/question-desk.ts",
    find: "return ofSite.toArray().length < RUNNING_OF_SITE_MAX;",
    replace: "return ofSite.toArray().length < RUNNING_MAX;",
    course: DESK,
  },
  {
    name: "questions-without-limit",
    promise: "a report thread holds 64 questions",
    file: "src/reporting/questions/question-desk.ts",
    find: "QUESTIONS_MAX - this.#running.size",
    replace: "QUESTIONS_MAX * 2",
    course: DESK,
  },
  {
    name: "questions-without-end",
    promise: "a question that takes 10 s is refused",
    file: "src/reporting/questions/question-desk.ts",
    find: "held.setDeadline(this.#options.queryMs ?? workMsMax(question), tooSlow(question));",
    replace: "void tooSlow;",
    course: DESK,
  },
  {
    name: "left-client-worked-for",
    promise: "a question whose client leaves is dropped",
    file: "src/reporting/questions/report-threads.ts",
    find: 'send(peer, { type: "cancel", id });',
    replace: "",
    course: DESK,
  },
  {
    name: "questions-of-a-failed-thread-wait",
    promise: "the failure of a report thread refuses its questions at once",
    file: "src/reporting/questions/report-threads.ts",
    find: 'reject(unavailable("failed and is restarted"));',
    replace: "void reject;",
    course: DESK,
  },
  {
    name: "questions-of-a-failed-ingest-thread-go-on",
    promise: "a report thread works for no ingest thread that has exited",
    file: "src/reporting/questions/question-desk.ts",
    find: "left: () => this.#abort((held) => held.isOf(port), left),",
    replace: "left: () => undefined,",
    course: DESK,
  },
  {
    name: "restarted-thread-not-joined",
    promise: "a restarted report thread gets a channel to each ingest thread",
    file: "src/supervisor/child-thread.ts",
    find: "this.#options.onReady(this);",
    replace: "if (this.#restarts === 0) this.#options.onReady(this);",
    course: FAULTS,
  },
  {
    name: "fold-never-pauses",
    promise: "a question keeps others waiting for 5 ms at most",
    file: "src/reporting/questions/fold-turns.ts",
    find: "performance.now() < endsAtMs ? undefined : wait()",
    replace: "performance.now() < endsAtMs + 1e9 ? undefined : wait()",
    course: TURNS,
  },
  {
    name: "cancelled-fold-goes-on",
    promise: "a cancelled question ends at its next pause",
    file: "src/reporting/questions/fold-turns.ts",
    find: "      signal.throwIfAborted();\n",
    replace: "",
    course: TURNS,
  },
  {
    name: "query-without-key",
    promise: "closed reads need a key for /query",
    file: "src/http/routes/query/query-route.ts",
    find: "if (reader !== undefined) expectReader(reader.rules, reader.key, siteId);",
    replace: "",
    course: QUERY,
  },
  {
    name: "query-unlimited",
    promise: "the limits of a site hold for its questions",
    file: "src/http/routes/query/query-route.ts",
    find: "admitClient(request, { keyId: reader?.key?.keyId, siteId }, sources);",
    replace: "",
    course: QUERY,
  },
  {
    name: "accept-ignored",
    promise: "the Accept header chooses the format",
    file: "src/http/routes/query/answer-format.ts",
    find: 'if (format === undefined) return acceptedFormat(accept ?? "");',
    replace: 'if (format === undefined) return acceptedFormat(accept === null ? "" : "*/*");',
    course: QUERY,
  },
  {
    name: "page-view-types-ignored",
    promise: "a site's page-view types count",
    file: "src/reporting/site-settings.ts",
    find: "pageViewTypes: site?.pageViewTypes ?? DEFAULT_PAGE_VIEW_TYPES,",
    replace: "pageViewTypes: DEFAULT_PAGE_VIEW_TYPES,",
    course: QUERY,
  },
  {
    name: "definitions-without-limit",
    promise: "a site has at most 200 goals and 200 segments",
    file: "src/store/access/definitions.ts",
    find: "< ${DEFINITIONS_MAX}",
    replace: "< 10 * ${DEFINITIONS_MAX}",
    course: DEFINITIONS,
  },
  {
    name: "definitions-outlive-their-site",
    promise: "goals and segments are forgotten with their site",
    file: "src/store/forget/site-access.ts",
    find: "    await deleteDefinitions(tx, siteId);\n",
    replace: "",
    course: DEFINITIONS,
  },
];
