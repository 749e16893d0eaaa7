import { InvalidFieldsError } from "../../errors.ts";
import { DAY_MS, isDate, utcDate } from "../../event/day.ts";
import { describeValue } from "../../event/describe-value.ts";
import { SITE_ID_BYTES_MAX } from "../../event/limits.ts";
import { OVERVIEW_ORDERS, type OverviewQuestion } from "../../store/reports/overview-question.ts";
import { requiredText } from "./administration/required-text.ts";
import { integerIn } from "./integer-in.ts";

/** A leap year, with a day for a time zone ahead. */
export const OVERVIEW_DAYS_MAX = 367;
export const OVERVIEW_ROWS_MAX = 100;
const ROWS_DEFAULT = 50;
const OFFSET_MAX = 1_000_000;

/** @throws InvalidFieldsError. */
export function parseOverview(values: ReadonlyMap<string, string>): OverviewQuestion {
  const from = dateIn(values, "from");
  const to = dateIn(values, "to");
  const days = daysOf({ from, to });
  if (days < 1 || days > OVERVIEW_DAYS_MAX) {
    const message = `Expected to to be from the day from to ${OVERVIEW_DAYS_MAX - 1} days later, got ${describeValue(to)}`;
    throw new InvalidFieldsError({ to: message });
  }
  const search = values.get("search");
  return {
    from,
    to,
    beforeFrom: utcDate(Date.parse(from) - days * DAY_MS),
    ...orderIn(values.get("sort")),
    ...(search !== undefined && { search: requiredText("search", search, SITE_ID_BYTES_MAX) }),
    limit: integerIn("limit", values.get("limit"), {
      min: 1,
      max: OVERVIEW_ROWS_MAX,
      absent: ROWS_DEFAULT,
    }),
    offset: integerIn("offset", values.get("offset"), { min: 0, max: OFFSET_MAX, absent: 0 }),
  };
}

/** Returns how many days a period has, both dates included. */
export function daysOf({ from, to }: { readonly from: string; readonly to: string }): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

function dateIn(values: ReadonlyMap<string, string>, name: string): string {
  const value = values.get(name);
  // A period before the first year has no dates.
  if (value !== undefined && isDate(value) && value >= "0003") return value;
  const message = `Expected ${name} to be an existing day as YYYY-MM-DD, got ${describeValue(value)}`;
  throw new InvalidFieldsError({ [name]: message });
}

function orderIn(sort = "-events"): Pick<OverviewQuestion, "orderBy" | "isDescending"> {
  const isDescending = sort.startsWith("-");
  const orderBy = OVERVIEW_ORDERS.find((each) => each === sort.slice(isDescending ? 1 : 0));
  if (orderBy !== undefined) return { orderBy, isDescending };
  const message = `Expected sort to be one of ${OVERVIEW_ORDERS.join(", ")}, with - before it for the greatest first, got ${describeValue(sort)}`;
  throw new InvalidFieldsError({ sort: message });
}
