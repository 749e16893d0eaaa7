import { type Command, InvalidArgumentError } from "commander";
import { LIMIT_FIELDS } from "../../access/limit-fields.ts";
import { LIST_FIELDS } from "../../access/site-fields.ts";

/** Clears a list or a limit. */
const NONE = "none";

export type Flags = Readonly<Record<string, unknown>>;

export function addSiteOptions(command: Command): Command {
  command
    .option("--name <text>", "what people call the site")
    .option("--time-zone <zone>", "IANA time zone of its days, such as Europe/Berlin");
  for (const { option, description } of LIST_FIELDS) {
    command.option(`--${option} <items...>`, description);
  }
  return addLimitOptions(command);
}

export function addLimitOptions(command: Command): Command {
  for (const { name, description } of LIMIT_FIELDS) {
    command.option(`--${optionOf(name)} <number>`, description, parseLimit);
  }
  return command;
}

/** Returns the given options as the fields that `parseSiteChanges` reads. */
export function siteFieldsIn(flags: Flags): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const name of ["name", "time_zone"]) {
    const value = flags[camelCase(optionOf(name))];
    if (value !== undefined) fields[name] = value;
  }
  for (const { name, option } of LIST_FIELDS) {
    const items = flags[camelCase(option)];
    if (!Array.isArray(items)) continue;
    fields[name] = items.length === 1 && items[0] === NONE ? [] : items;
  }
  const limits = limitsIn(flags);
  return Object.keys(limits).length === 0 ? fields : { ...fields, limits };
}

export function limitsIn(flags: Flags): Readonly<Record<string, unknown>> {
  const given = LIMIT_FIELDS.map(({ name }) => [name, flags[camelCase(optionOf(name))]] as const);
  return Object.fromEntries(
    given
      .filter(([, limit]) => limit !== undefined)
      .map(([name, limit]) => [name, limit === NONE ? null : limit]),
  );
}

/** The options cannot hold null. */
function parseLimit(value: string): number | typeof NONE {
  if (value === NONE) return NONE;
  if (/^\d{1,13}$/.test(value)) return Number(value);
  throw new InvalidArgumentError(`Expected an integer, or ${NONE} for no limit.`);
}

function optionOf(name: string): string {
  return name.replaceAll("_", "-");
}

function camelCase(option: string): string {
  return option.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
