/** How the values of an event field are checked, described and stored. */
export interface FieldType {
  /** The type of its column. */
  readonly sql: "uuid" | "text" | "timestamptz";
  /** JSON Schema of the values that a client may send. */
  readonly schema: Readonly<Record<string, string | number>>;
  /** Returns the value in its stored form, or undefined when it is invalid at `nowMs`. */
  readonly parse: (value: unknown, nowMs: number) => string | undefined;
  /** Returns what was expected and what came, for a value that `parse` refuses. */
  readonly problem: (name: string, value: unknown) => string;
}
