import { type ErrorCode, QueueFlowError } from "../errors.ts";

/** What to do about a clock. */
export const CLOCK_REMEDY =
  "Set the clock of this machine, or that of Redis's machine, and keep both by NTP: `queueflow doctor` compares them";

const REMEDIES: Partial<Record<ErrorCode, string>> = {
  clock_wrong: CLOCK_REMEDY,
  stream_exhausted:
    "Give the stream another key once `queueflow status` says that 0 entries are not yet stored: `redis-cli RENAME` with its key and a new one; the engine then makes it again",
};

/** What a person must do about a failure of the stream, as a sentence; undefined when it may pass by itself. */
export function streamRemedy(error: unknown): string | undefined {
  return error instanceof QueueFlowError ? REMEDIES[error.code] : undefined;
}
