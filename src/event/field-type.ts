export interface FieldType {
  readonly sql: "uuid" | "text" | "timestamptz";
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, string | number>>;
  /** Returns the stored form, or undefined when `value` is invalid. */
  readonly parse: (value: unknown, nowMs: number) => string | undefined;
  /** Explains why `parse` refuses `value`. */
  readonly problem: (name: string, value: unknown) => string;
}
