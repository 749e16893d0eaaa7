import { QueueFlowError } from "../errors.ts";

/** Returns `read` for at most `max` calls at once. It refuses more with QueueFlowError `reads_overloaded`. */
export function atMost<Arguments extends readonly unknown[], Result>(
  max: number,
  read: (...values: Arguments) => Promise<Result>,
): (...values: Arguments) => Promise<Result> {
  let running = 0;
  return async (...values) => {
    if (running >= max) {
      throw new QueueFlowError("reads_overloaded", "Too many reads already wait for PostgreSQL");
    }
    running += 1;
    try {
      return await read(...values);
    } finally {
      running -= 1;
    }
  };
}
