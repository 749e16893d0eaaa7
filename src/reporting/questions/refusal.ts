import { asQueueFlowError, InvalidFieldsError, QueueFlowError } from "../../errors.ts";
import type { Refusal } from "./messages.ts";

/** An unexpected error reveals nothing. */
export function refusalOf(thrown: unknown): Refusal {
  const { code, message } = asQueueFlowError(thrown);
  return thrown instanceof InvalidFieldsError
    ? { code, message, fields: thrown.fields }
    : { code, message };
}

export function errorOf({ code, message, fields }: Refusal): QueueFlowError {
  return fields === undefined ? new QueueFlowError(code, message) : new InvalidFieldsError(fields);
}
