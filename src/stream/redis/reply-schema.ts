import type { Static, TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { QueueFlowError } from "../../errors.ts";

/** The returned function throws QueueFlowError `internal` for a reply of another shape. */
export function replySchema<Schema extends TSchema>(
  schema: Schema,
): (reply: unknown) => Static<Schema> {
  const shape = TypeCompiler.Compile(schema);
  return (reply) => {
    if (shape.Check(reply)) return reply;
    const at = shape.Errors(reply).First();
    throw new QueueFlowError(
      "internal",
      `Unexpected reply from Redis: ${at?.message ?? "mismatch"} at ${at?.path || "its root"}`,
    );
  };
}
