import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const DAYS = testedBy("test/unit/local-day.test.ts");
const IDS = testedBy("test/unit/daily-user-id.test.ts");
const ZONES = testedBy("test/unit/access/time-zone.test.ts");
const SALTS = testedBy("test/stream/visitors/daily-salts.test.ts");
const BACKUP = testedBy("test/stream/visitors/blank-salts.test.ts");
const ERASER = testedBy("test/consume/salt-eraser.test.ts");

const DAILY_SALTS = "src/stream/visitors/daily-salts.ts";
const KEEP_SALT = "src/stream/visitors/keep-salt.ts";
const EXPIRED_SALTS = "src/stream/visitors/expired-salts.ts";

/** Break what counts a visitor once a day, or forgets who it was. */
export const VISITOR_MUTANTS: readonly Mutant[] = [
  {
    name: "date-ends-at-first-midnight",
    promise: "a date that comes back after a change of the clocks has not ended",
    file: "src/event/local-day.ts",
    find: 'disambiguation: "later"',
    replace: 'disambiguation: "earlier"',
    course: DAYS,
  },
  {
    name: "clock-change-not-seen",
    promise: "the offset of a zone holds until the clocks change",
    file: "src/event/local-day.ts",
    find: "Math.min(midnightMs + DAY_MS - offsetMs, changesMs)",
    replace: "Math.min(midnightMs + DAY_MS - offsetMs, changesMs + DAY_MS)",
    course: DAYS,
  },
  {
    name: "parts-run-together",
    promise: "different senders never have the same text",
    file: "src/collect/daily-user-id.ts",
    find: "JSON.stringify([siteId, address, userAgent])",
    replace: "siteId + address + userAgent",
    course: IDS,
  },
  {
    name: "zone-unchecked",
    promise: "a zone that does not exist is none",
    file: "src/access/rules.ts",
    find: "ianaZone(name) !== undefined",
    replace: '(ianaZone(name) ?? name) !== ""',
    course: ZONES,
  },
  {
    name: "salts-not-shared",
    promise: "threads take the salt that was made first",
    file: KEEP_SALT,
    find: "return value === ownValue ? own : { ...own, value, salt: saltIn(value) };",
    replace: 'return value === "" ? { ...own, value, salt: saltIn(value) } : own;',
    course: SALTS,
  },
  {
    name: "new-salt-replaces",
    promise: "a new salt replaces none, whatever the clock of its thread",
    file: KEEP_SALT,
    find: "(not isHeld or madeMs(kept) <= madeMs(own))",
    replace: "madeMs(kept) <= madeMs(own)",
    course: SALTS,
  },
  {
    name: "younger-salt-stays",
    promise: "a salt that Redis lost replaces one that was made meanwhile",
    file: KEEP_SALT,
    find: "if isSalt and (not isHeld or madeMs(kept) <= madeMs(own)) then",
    replace: "if isSalt then",
    course: SALTS,
  },
  {
    name: "expired-salt-returns",
    promise: "an expired salt is not written again",
    file: KEEP_SALT,
    find: "if nowMs and tonumber(expiresAtMs) <= tonumber(nowMs) then return own end",
    replace: "",
    course: SALTS,
  },
  {
    name: "salt-in-error",
    promise: "no error has a salt",
    file: KEEP_SALT,
    find: "throw withoutSecret(error, ownValue);",
    replace: 'throw ownValue === "" ? withoutSecret(error, ownValue) : error;',
    course: SALTS,
  },
  {
    name: "salt-outlives-memory",
    promise: "threads forget expired salts",
    file: DAILY_SALTS,
    find: "if (expiresAtMs <= nowMs) this.#held.delete(key);",
    replace: "if (expiresAtMs < 0) this.#held.delete(key);",
    course: SALTS,
  },
  {
    name: "salts-not-written-back",
    promise: "a salt that Redis lost comes back",
    file: DAILY_SALTS,
    find: "await this.#writeBack();",
    replace: "if (this.#held.size < 0) await this.#writeBack();",
    course: SALTS,
  },
  {
    name: "salts-not-ahead",
    promise: "midnight needs no Redis",
    file: DAILY_SALTS,
    find: "await this.#makeAhead();",
    replace: "if (this.#held.size < 0) await this.#makeAhead();",
    course: SALTS,
  },
  {
    name: "unused-zones-go-on",
    promise: "a zone out of use gets no salts",
    file: DAILY_SALTS,
    find: "if (!isUsed || nowMs",
    replace: "if ((!isUsed && nowMs < 0) || nowMs",
    course: SALTS,
  },
  {
    name: "torn-salt-in-backup",
    promise: "a backup has no salt, wherever its parts end",
    file: "src/stream/visitors/blank-salts.ts",
    find: "OVERLAP_BYTES = 64",
    replace: "OVERLAP_BYTES = 16",
    course: BACKUP,
  },
  {
    name: "salt-stays-in-file",
    promise: "expired salts leave the append-only file",
    file: "src/consume/salt-eraser.ts",
    find: "const outcome = await rewriteAppendOnlyFile(redis, signal);",
    replace:
      'const outcome = signal.aborted ? await rewriteAppendOnlyFile(redis, signal) : ({ kind: "off" } as const);',
    course: ERASER,
  },
  {
    name: "rewrites-unlimited",
    promise: "expired salts cause a rewrite an hour",
    file: EXPIRED_SALTS,
    find: " or not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ${CLAIMED_MS})",
    replace: " or not redis.call('SET', KEYS[2], '1', 'PX', ${CLAIMED_MS})",
    course: ERASER,
  },
  {
    name: "refused-rewrite-forgotten",
    promise: "a rewrite that Redis refused is tried again",
    file: EXPIRED_SALTS,
    find: "redis.call('ZADD', KEYS[1], 0, '${OWED}')\n",
    replace: "",
    course: ERASER,
  },
];
