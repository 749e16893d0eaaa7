import { QueueFlowError } from "../../errors.ts";
import { decodeEntry, ENTRY_FIELDS } from "../../event/entry-codec.ts";
import { CORE_FIELDS, EVENT_FIELDS, OPTIONAL_FIELDS } from "../../event/event.ts";
import { REPLACEMENT_CHARACTER } from "../../event/text-field.ts";

/** The fields that are stored, and those of an entry that hold them; it may have others. */
export const CORRECTABLE_FIELDS: readonly string[] = [
  ...new Set([...EVENT_FIELDS.map(({ name }) => name), ...ENTRY_FIELDS]),
];
/** Values that replace those of a dead letter, by field name. */
export type Corrections = Readonly<Record<string, string>>;

/** @throws QueueFlowError `invalid_usage` for one `event_id` on several dead letters: they would count as one event. */
export function checkCorrections(
  { event_id }: Corrections,
  { ids, all }: { readonly ids: readonly string[]; readonly all: boolean },
): void {
  if (event_id === undefined || (!all && ids.length === 1)) return;
  const message = "Set event_id for one dead letter at a time: events with the same one count once";
  throw new QueueFlowError("invalid_usage", message);
}

/** Why fields would be set aside again, or stored with other values than were sent; undefined when they can be sent. */
export function whyNotSendable(
  fields: Readonly<Record<string, string>>,
  { corrections, nowMs }: { corrections: Corrections; nowMs: number },
): string | undefined {
  const decoded = decodeEntry(Object.entries(fields).flat(), nowMs);
  if (decoded.kind === "invalid") return Object.values(decoded.fields).join("; ");
  const { event, ignored = {} } = decoded;
  const dropped = Object.entries(ignored).filter(([path]) => isCorrected(path, corrections));
  if (dropped.length > 0) return dropped.map(([, problem]) => problem).join("; ");
  const lost = [...CORE_FIELDS, ...OPTIONAL_FIELDS].find(
    ({ key, name }) =>
      corrections[name] === undefined && event[key]?.includes(REPLACEMENT_CHARACTER),
  );
  return lost && `${lost.name} contains U+FFFD, which replaced bytes that were not UTF-8`;
}

/** `path` may name a property, as `properties.plan`. */
function isCorrected(path: string, corrections: Corrections): boolean {
  const [field = ""] = path.split(".");
  return field in corrections;
}
