import type { DataSubject } from "../../event/data-subject.ts";
import type { RewriteOutcome } from "../../stream/rewrite-append-only-file.ts";
import { count, shortened } from "../text.ts";
import type { FoundData } from "./find-data.ts";
import type { ForgetTally } from "./remove-data.ts";

const ID_CHARACTERS_MAX = 300;
const LETTERS_NAMED_MAX = 10;

export function subjectText({ siteId, userId }: DataSubject): string {
  const site = `site ${quoted(siteId)}`;
  return userId === undefined ? site : `user ${quoted(userId)} of ${site}`;
}

/** What is stored of the subject, as indented lines. */
export function foundLines(
  { userId }: DataSubject,
  { rows, letterIds, entries, access }: FoundData,
): readonly string[] {
  const { days, events, first, last } = rows;
  const withEvents = days.filter((day) => day.events > 0).length;
  const others = days.length - withEvents;
  const span =
    first === undefined || last === undefined
      ? ""
      : ` on ${count(withEvents, "day")}, from ${first.toISOString()} to ${last.toISOString()}`;
  const named = letterIds.slice(0, LETTERS_NAMED_MAX).join(", ");
  const more = letterIds.length > LETTERS_NAMED_MAX ? " and more" : "";
  return [
    `${count(events, "event")}${span}`,
    ...(others === 0
      ? []
      : [
          `${count(others, "more day")} without rows, in ${userId === undefined ? "the rollups or in day_chunks" : "daily_site_users or in day_chunks"}`,
        ]),
    ...(letterIds.length === 0
      ? []
      : [`${count(letterIds.length, "dead letter")}: ${named}${more}`]),
    ...(entries.length === 0 ? [] : [`${entryText(entries.length)} that Redis retains`]),
    ...(access.settings === 0 ? [] : ["its settings"]),
    ...(access.keys === 0
      ? []
      : [`${count(access.keys, "key")}; without keys of its own, the site may be open to anybody`]),
  ].map((line) => `  ${line}`);
}

export function tallyText({ events, letters, entries }: ForgetTally): string {
  return `${count(events, "event")}, ${count(letters, "dead letter")} and ${entryText(entries)} of the stream`;
}

export interface Remainder {
  readonly rewrite: RewriteOutcome;
  /** Why VACUUM failed. */
  readonly vacuumFailure: string | undefined;
  readonly otherGroups: readonly string[];
  /** Days of a user with pruned events. */
  readonly prunedDays: number;
}

/** What the command cannot remove. */
export function remainderLines(remainder: Remainder): readonly string[] {
  const { vacuumFailure, otherGroups, prunedDays } = remainder;
  return [
    "What this command cannot reach:",
    ...[
      redisText(remainder.rewrite),
      vacuumFailure === undefined
        ? "PostgreSQL: VACUUM has freed the rows; their bytes may remain in free space and in the WAL until both are overwritten"
        : `PostgreSQL: the deleted rows remain in the files until VACUUM, which failed: ${vacuumFailure}`,
      "backups, replicas, archived WAL, and snapshots of disks",
      ...(otherGroups.length === 0
        ? []
        : [
            `what the other consumer groups did with the events: ${otherGroups.map(quoted).join(", ")}`,
          ]),
      ...(prunedDays === 0
        ? []
        : [
            `${count(prunedDays, "day")} had events of the site pruned before they were packed: the user's among them, if any, still count in total_views and in the views of their paths, without a name`,
          ]),
    ].map((line) => `  ${line}`),
    "docs/privacy.md says how to remove these.",
  ];
}

function redisText(rewrite: RewriteOutcome): string {
  const neighbours =
    "it holds the bytes of a deleted entry until the entries beside it have left the stream too";
  switch (rewrite.kind) {
    case "started":
      return `Redis: a rewrite of its append-only file has begun; ${neighbours}`;
    case "off":
      return `Redis: its file, until the next save; ${neighbours}`;
    case "refused":
      return `Redis: its append-only file, until it is rewritten; BGREWRITEAOF failed: ${rewrite.why}; ${neighbours}`;
  }
}

function entryText(entries: number): string {
  return entries === 1 ? "1 entry" : `${entries.toLocaleString("en-US")} entries`;
}

function quoted(text: string): string {
  return shortened(JSON.stringify(text), ID_CHARACTERS_MAX);
}
