/** Describes a text that a request may have in its URL. */
export function queryParameter(name: string, description: string, required = true) {
  return { name, in: "query" as const, required, description, schema: { type: "string" as const } };
}
