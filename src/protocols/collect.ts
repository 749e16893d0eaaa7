import { ageMsOf, type Derived, namesVisitor, parseBeacon } from "../collect/beacon.ts";
import type { DropReason } from "../collect/drop-reason.ts";
import type { MutableEvent } from "../event/event.ts";
import type { ParseContext } from "../event/parse-event.ts";
import { expectObject, parseJson } from "./json.ts";
import { native } from "./native.ts";
import type { Protocol, ReadEvent } from "./protocol.ts";

const BODY = "the body";

/** What a request tells of a browser. */
export interface BrowserFacts {
  readonly derived: Derived;
  readonly drop: DropReason | undefined;
  /** Returns who visits the site on the day of `atMs`. */
  readonly dailyUserId: (siteId: string, atMs: number) => string | Promise<string>;
}

/** An event of a browser, as a JSON object. */
export function collect(facts: BrowserFacts): Protocol {
  return {
    parse: (body, context) => {
      const read = readBeacon(expectObject(parseJson(body, BODY), BODY), facts, context);
      return read instanceof Promise ? read.then((event) => [event]) : [read];
    },
    reply: native.reply,
    refuse: native.refuse,
  };
}

/** Waits for nothing while this thread holds the salt of the day: promises would cost a tenth of the request. */
function readBeacon(
  beacon: Readonly<Record<string, unknown>>,
  { derived, drop, dailyUserId }: BrowserFacts,
  context: ParseContext,
): ReadEvent | Promise<ReadEvent> {
  const read = parseBeacon(beacon, derived, context);
  if (read.kind === "invalid") return read;
  if (drop !== undefined) return { ...read, kind: "dropped", reason: drop };
  if (namesVisitor(beacon)) return read;
  // A copy would cost 2 % of the request.
  const event: MutableEvent = read.event;
  const withId = (userId: string): ReadEvent => {
    event.userId = userId;
    event.visitor = "daily";
    return read;
  };
  const userId = dailyUserId(read.event.siteId, context.nowMs - ageMsOf(beacon));
  return typeof userId === "string" ? withId(userId) : userId.then(withId);
}
