import { InvalidFieldsError, QueueFlowError } from "../../errors.ts";

/** Reports invalid fields as wrong usage. @throws QueueFlowError `invalid_usage`. */
export function fromOptions<Fields>(parse: () => Fields): Fields {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidFieldsError)) throw error;
    throw new QueueFlowError("invalid_usage", error.message);
  }
}
