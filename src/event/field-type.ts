export interface FieldType {
  readonly sql: "uuid" | "text" | "timestamptz" | "jsonb" | "int4";
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Returns the stored form, or undefined when `value` is invalid. */
  readonly parse: (value: unknown, nowMs: number) => string | undefined;
  /** Explains why `parse` refuses `value`. */
  readonly problem: (name: string, value: unknown) => string;
  /** Explains which parts of `value` the stored form leaves out, by name. */
  readonly partProblems?: (name: string, value: unknown) => Readonly<Record<string, string>>;
}
