/**
 * OIDs of `text[]` and `bigint[]` (`pg_type.dat`). By default the driver fetches all types on each new connection, and sends
 * every array wrong if that query fails.
 */
export const ARRAY_TYPES = {
  texts: { to: 1009, from: [1009], serialize: arrayLiteral, parse: String },
  bigints: { to: 1016, from: [1016], serialize: arrayLiteral, parse: String },
};

const NEEDS_ESCAPE = /["\\]/;
const EACH_TO_ESCAPE = /["\\]/g;

/** Returns PostgreSQL's text form (manual, "Array Input and Output Syntax"), every element quoted. */
function arrayLiteral(values: readonly (string | number | null)[]): string {
  if (values.length === 0) return "{}";
  // One test of all costs a third of one test each, and few need escapes.
  const isPlain = !values.includes(null) && !NEEDS_ESCAPE.test(values.join(""));
  return isPlain ? `{"${values.join('","')}"}` : `{${values.map(element).join(",")}}`;
}

function element(value: string | number | null): string {
  return value === null ? "NULL" : `"${String(value).replace(EACH_TO_ESCAPE, "\\$&")}"`;
}
