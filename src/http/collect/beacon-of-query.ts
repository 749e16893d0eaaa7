import { AGE_FIELD, BEACON_FIELDS } from "../../collect/beacon.ts";
import { InvalidFieldsError } from "../../errors.ts";
import { REPLACEMENT_CHARACTER } from "../../event/text-field.ts";
import { URL_FIELD } from "../../event/url-field.ts";
import { requestTarget } from "../request-target.ts";
import { isUtf8 } from "../routes/query-parameters.ts";

const KNOWN: ReadonlySet<string> = new Set(BEACON_FIELDS);
const INTEGERS: ReadonlySet<string> = new Set([AGE_FIELD, "engaged_ms"]);
const PROPERTIES = "properties";

/**
 * Returns the event that the parameters of a pixel are, of the page that embeds it unless they name another. Others are ignored.
 *
 * @throws InvalidFieldsError for values that are not UTF-8.
 */
export function beaconOfQuery(request: Request): Readonly<Record<string, unknown>> {
  const beacon: Record<string, unknown> = { [URL_FIELD]: request.headers.get("referer") };
  const problems: Record<string, string> = {};
  for (const part of requestTarget(request).query.split("&")) {
    const [[name, value] = ["", ""]] = new URLSearchParams(part);
    if (!KNOWN.has(name) || value === "") continue;
    // Invalid bytes decode to U+FFFD, so that different values become one.
    if (value.includes(REPLACEMENT_CHARACTER) && !isUtf8(part)) {
      problems[name] = `Expected ${name} to be percent-encoded UTF-8, got other bytes`;
    }
    beacon[name] = valueOf(name, value);
  }
  if (Object.keys(problems).length > 0) throw new InvalidFieldsError(problems);
  return beacon;
}

/** A text that is none stays as it is, and is reported as any invalid field. */
function valueOf(name: string, text: string): unknown {
  if (INTEGERS.has(name)) return /^\d{1,15}$/.test(text) ? Number(text) : text;
  return name === PROPERTIES ? parsed(text) : text;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
