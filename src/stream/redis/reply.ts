import type { Static, TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { QueueFlowError } from "../../errors.ts";

/**
 * Makes a function that narrows a reply of Redis, whose type the client cannot know, to `schema`.
 * It throws `internal` when the reply has another shape: another server, another version.
 */
export function replyOf<Schema extends TSchema>(
  schema: Schema,
): (reply: unknown) => Static<Schema> {
  const shape = TypeCompiler.Compile(schema);
  return (reply) => {
    if (shape.Check(reply)) return reply;
    const at = shape.Errors(reply).First();
    throw new QueueFlowError(
      "internal",
      `Redis answered in an unknown shape: ${at?.message ?? "mismatch"} at ${at?.path || "its root"}`,
    );
  };
}
