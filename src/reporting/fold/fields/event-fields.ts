import type { TextColumnName } from "../../../event/text-columns.ts";
import type { ColumnName } from "../../columns/day-events.ts";
import { TextIds } from "../ids/text-ids.ts";
import { Vocabulary } from "../ids/vocabulary.ts";
import { EventField } from "./event-field.ts";
import { propertyNames, propertyText } from "./properties-text.ts";

const PROPERTY = "event:props:";

/** The values that a plan looks at, one field each: the ranges that a plan compares share their ids. */
export class EventFields {
  /** What has to be read. */
  readonly columns = new Set<ColumnName>();
  readonly #fields = new Map<string, EventField>();
  readonly #derivedIds = new Map<string, TextIds>();
  readonly #vocabularyOf: (column: TextColumnName) => Vocabulary;

  constructor(vocabularyOf: (column: TextColumnName) => Vocabulary = () => new Vocabulary()) {
    this.#vocabularyOf = vocabularyOf;
  }

  column(name: TextColumnName): EventField {
    return this.#field(name, name, () => new EventField(name, this.#vocabularyOf(name)));
  }

  property(property: string): EventField {
    const name = PROPERTY + property;
    return this.#field(
      "properties",
      name,
      () => new EventField("properties", propertyText(property)),
    );
  }

  /** @param dimension of events, without `event:goal`. */
  dimension(dimension: string): EventField {
    switch (dimension) {
      case "event:name":
        return this.column("event_type");
      case "event:page":
        return this.column("path");
      case "event:hostname":
        return this.column("hostname");
      case "event:prop_names":
        return this.#field("properties", dimension, () => {
          return new EventField("properties", propertyNames);
        });
      case "event:session_id":
        return this.column("session_id");
      default:
        return this.property(dimension.slice(PROPERTY.length));
    }
  }

  /** The ids of what is derived from several columns. */
  derivedIds(name: string): TextIds {
    const ids = this.#derivedIds.get(name) ?? new TextIds();
    this.#derivedIds.set(name, ids);
    return ids;
  }

  #field(column: TextColumnName, name: string, make: () => EventField): EventField {
    this.columns.add(column);
    const field = this.#fields.get(name) ?? make();
    this.#fields.set(name, field);
    return field;
  }
}
