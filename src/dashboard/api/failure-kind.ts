/** Why there is no answer. */
export type FailureKind =
  /** No answer: the engine, or the way to it, is away. */
  | "lost"
  /** Nothing in the request is wrong: the same may succeed later. */
  | "busy"
  | "too_much"
  | "key_required"
  | "refused";
