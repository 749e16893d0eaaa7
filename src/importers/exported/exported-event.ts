import { withoutMark } from "../../event/csv-cell.ts";
import { describeValue } from "../../event/describe-value.ts";
import { parseEvent } from "../../event/parse-event.ts";
import { type LineOutcome, skipped } from "../line-event.ts";
import { OrderedIds } from "./ordered-ids.ts";

export type ExportRecord = Readonly<Record<string, unknown>>;

export interface ExportContext {
  /** The site of all events; undefined for their own. */
  readonly siteId: string | undefined;
  readonly keptQuery: ReadonlySet<string>;
}

/** Turns the records of an export into events, internal fields included. Records come in the order of the file. */
export class ExportedEvents {
  readonly #context: ExportContext;
  readonly #ids = new OrderedIds();

  constructor(context: ExportContext) {
    this.#context = context;
  }

  /** `number` is the record's line. */
  read(number: number, record: ExportRecord, nowMs: number): LineOutcome {
    const { siteId, keptQuery } = this.#context;
    const body = siteId === undefined ? record : { ...record, site_id: siteId };
    const parsed = parseEvent(body, {
      nowMs,
      keptQuery,
      takesInternal: true,
      mintEventId: (event) => this.#ids.idOf(event),
    });
    if (parsed.kind === "invalid") {
      const why = Object.values(parsed.fields).join("; ");
      return skipped(number, "not a valid event", why);
    }
    return {
      kind: "event",
      number,
      event: parsed.event,
      category: "page",
      isCut: false,
      isHostName: false,
      leftOut: parsed.ignored ?? {},
    };
  }
}

/** Reads the cells of a row: an empty one is absent, and numbers and objects are JSON. */
export function recordOfCells(cells: Readonly<Record<string, string>>): ExportRecord {
  const record: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(cells)) {
    if (cell === "") continue;
    record[name] = JSON_FIELDS.has(name) ? jsonOr(cell) : withoutMark(cell);
  }
  return record;
}

/** Whether a record is none, and why. */
export function recordProblem(value: unknown): string {
  return `Expected an event as a JSON object, got ${describeValue(value)}`;
}

const JSON_FIELDS: ReadonlySet<string> = new Set(["properties", "engaged_ms"]);

function jsonOr(cell: string): unknown {
  try {
    return JSON.parse(withoutMark(cell));
  } catch {
    return cell;
  }
}
