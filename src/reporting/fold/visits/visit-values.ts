import type { Filter, VisitField } from "../../query/report-query.ts";
import type { EventFields } from "../fields/event-fields.ts";
import type { EventMask } from "../filters/event-mask.ts";
import type { GrowingInts } from "../ids/growing.ts";
import { AcquisitionPass } from "./acquisition-pass.ts";
import { CHANNEL, SOURCE } from "./derivations.ts";
import { MarkPass } from "./mark-pass.ts";
import { FirstKnownPass, PagePass, type VisitPass } from "./visit-pass.ts";
import type { VisitTable, VisitValue } from "./visit-table.ts";

/** The values of visits that a plan looks at, and the passes that gather them. */
export class VisitValues {
  readonly passes: VisitPass[] = [];
  /** Whether a value may still change while the visit goes on, as all but the entry page may. */
  mayChange = false;
  readonly #fields: EventFields;
  readonly #table: VisitTable;
  readonly #values = new Map<VisitField, VisitValue>();
  readonly #marks = new Map<Filter, GrowingInts>();
  #acquisition: AcquisitionPass | undefined;

  constructor(fields: EventFields, table: VisitTable) {
    this.#fields = fields;
    this.#table = table;
  }

  get isEmpty(): boolean {
    return this.passes.length === 0;
  }

  value(field: VisitField): VisitValue {
    let value = this.#values.get(field);
    if (value === undefined) {
      value = this.#make(field);
      this.#values.set(field, value);
      if (field !== "entry_page") this.mayChange = true;
    }
    return value;
  }

  /** Marks the visits that have an event which passes a filter. */
  marks(filter: Filter, compile: () => EventMask): GrowingInts {
    let marks = this.#marks.get(filter);
    if (marks === undefined) {
      marks = this.#added(new MarkPass(compile(), this.#table)).marks;
      this.#marks.set(filter, marks);
      this.mayChange = true;
    }
    return marks;
  }

  #make(field: VisitField): VisitValue {
    switch (field) {
      case "entry_page":
        return this.#page("entry");
      case "exit_page":
        return this.#page("exit");
      case "source":
        return this.#acquired().derivedValue({ ...SOURCE, ids: this.#fields.derivedIds(field) });
      case "channel":
        return this.#acquired().derivedValue({ ...CHANNEL, ids: this.#fields.derivedIds(field) });
      case "referrer":
      case "utm_source":
      case "utm_medium":
      case "utm_campaign":
      case "utm_term":
      case "utm_content":
        return this.#acquired().value(field);
      case "country":
      case "device":
      case "browser":
      case "os":
      case "screen":
      case "language":
        return this.#firstKnown(field);
    }
  }

  #page(which: "entry" | "exit"): VisitValue {
    const [paths, types] = [this.#fields.column("path"), this.#fields.column("event_type")];
    return this.#added(new PagePass(which, { paths, types }, this.#table));
  }

  #firstKnown(field: OwnField): VisitValue {
    return this.#added(new FirstKnownPass(this.#fields.column(field), this.#table));
  }

  #acquired(): AcquisitionPass {
    this.#acquisition ??= this.#added(new AcquisitionPass(this.#fields, this.#table));
    return this.#acquisition;
  }

  #added<Pass extends VisitPass>(pass: Pass): Pass {
    this.passes.push(pass);
    return pass;
  }
}

const OWN_FIELDS = ["country", "device", "browser", "os", "screen", "language"] as const;
/** For metrics of events, these are the event's own. */
export type OwnField = (typeof OWN_FIELDS)[number];

export function isOwnField(field: VisitField): field is OwnField {
  return OWN_FIELDS.some((own) => own === field);
}
