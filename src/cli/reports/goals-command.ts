import { type Command, InvalidArgumentError } from "commander";
import { GOALS } from "../../administer/definitions.ts";
import type { Shell } from "../shell.ts";
import { addDefinitionsCommand } from "./definitions-command.ts";
import { parseFiltersOption } from "./filters-option.ts";

const HELP = `
A goal names events that count as conversions in reports: of a type, on a page, with a property, or all
of these.

Examples:
  queueflow goals set example.com Signup --event signup
  queueflow goals list example.com
  queueflow goals remove example.com Signup`;

const SET_HELP = `
Several options together name the events that fit all of them.

Examples:
  queueflow goals set example.com "Read the docs" --page '/docs/**'
  queueflow goals set example.com Purchase --event purchase --revenue amount --currency EUR
  queueflow goals set example.com Trial --event signup --property plan=trial`;

interface Flags {
  readonly event?: string;
  readonly page?: string;
  readonly property?: readonly [name: string, value: string];
  readonly filters?: readonly unknown[];
  readonly revenue?: string;
  readonly currency?: string;
  readonly currencyProperty?: string;
}

export function addGoalsCommand(program: Command, shell: Shell): void {
  addDefinitionsCommand<Flags>(program, shell, {
    kind: GOALS,
    help: HELP,
    setHelp: SET_HELP,
    addOptions: (set) =>
      set
        .option("--event <type>", "the event_type")
        .option("--page <glob>", "pages such as /docs/**; * stops at a slash, ** does not")
        .option("--property <name=value>", "a property and its value", parseProperty)
        .option("--filters <json>", "filters as in POST /query", parseFiltersOption)
        .option("--revenue <property>", "the property with the amount")
        .option("--currency <code>", "the currency of all amounts, such as EUR")
        .option("--currency-property <property>", "the property with the currency"),
    fieldsIn,
  });
}

function fieldsIn(flags: Flags): Readonly<Record<string, unknown>> {
  const { event, page, property, revenue, currency, currencyProperty } = flags;
  const filters = [
    ...(event === undefined ? [] : [["is", "event:name", [event]]]),
    ...(page === undefined ? [] : [["matches_glob", "event:page", [page]]]),
    ...(property === undefined ? [] : [["is", `event:props:${property[0]}`, [property[1]]]]),
    ...(flags.filters ?? []),
  ];
  const money = {
    ...(revenue !== undefined && { property: revenue }),
    ...(currency !== undefined && { currency }),
    ...(currencyProperty !== undefined && { currency_property: currencyProperty }),
  };
  return { filters, ...(Object.keys(money).length > 0 && { revenue: money }) };
}

function parseProperty(text: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new InvalidArgumentError("Expected NAME=VALUE.");
}
