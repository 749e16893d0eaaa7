import { describeValue } from "../../event/describe-value.ts";
import type { AnalyticsEvent } from "../../event/event.ts";
import { parseEvent } from "../../event/parse-event.ts";
import { parseAccessLogLine } from "./access-log-line.ts";
import type { LogLine } from "./read-lines.ts";
import { requestPath } from "./request-path.ts";

/** What is wrong with a line that is not an event, in the words of the report. */
export type SkipReason =
  | "empty"
  | "too long"
  | "not in the combined log format"
  | "cut off by the end of the file"
  | "without a path in the request"
  | "not a valid event";

/** What became of a line. `why` says more than the reason, for a person. */
export type LineOutcome =
  | { readonly kind: "event"; readonly event: AnalyticsEvent; readonly ending: "whole" | "cut" }
  | { readonly kind: "skipped"; readonly reason: SkipReason; readonly why: string };

/** What a line does not say by itself. */
export interface LineContext {
  readonly siteId: string;
  readonly nowMs: number;
}

/**
 * Makes a line of an access log the event of a page view, held to the same rules as one that comes
 * over HTTP. Its key is made of its number and content: the same file again is the same events, and
 * two equal lines of a file are two.
 */
export function lineEvent(line: LogLine, { siteId, nowMs }: LineContext): LineOutcome {
  if (line.kind === "too-long") return skipped("too long");
  const { number, text } = line;
  if (text.trim() === "") return skipped("empty");
  const parsed = parseAccessLogLine(text);
  if (parsed === undefined) {
    return skipped("not in the combined log format", describeValue(text));
  }
  if (parsed.ending === "cut" && line.ending === "end-of-file") {
    // Its rest may be written later, and would make it another event.
    return skipped("cut off by the end of the file", describeValue(text));
  }
  const path = requestPath(parsed.request);
  if (path === undefined) {
    return skipped("without a path in the request", describeValue(parsed.request));
  }
  const key = `${number}:${sha256(text)}`;
  const result = parseEvent(
    {
      site_id: siteId,
      event_type: "page_view",
      path,
      user_id: userIdOf(parsed.address, parsed.agent),
      timestamp: parsed.timestamp,
      event_id: key,
    },
    { nowMs, mintEventId: () => key },
  );
  if (result.kind === "event") {
    return { kind: "event", event: result.event, ending: parsed.ending };
  }
  return skipped("not a valid event", Object.values(result.fields).join("; "));
}

/**
 * Who sent a request: 128 bits of the SHA-256 of address and user agent, so that the same visitor is
 * the same user on every day and in every file, and no personal address is stored. It is a pseudonym
 * and no secret: who suspects an address and an agent can compute it too.
 */
export function userIdOf(address: string, agent: string | undefined): string {
  return sha256(`${address}\0${agent ?? ""}`).slice(0, 32);
}

/** Of text that holds one byte a character, in hexadecimal. */
function sha256(bytesText: string): string {
  return new Bun.CryptoHasher("sha256").update(bytesText, "latin1").digest("hex");
}

function skipped(reason: SkipReason, why = ""): LineOutcome {
  return { kind: "skipped", reason, why };
}
