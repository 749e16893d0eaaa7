import { QueueFlowError } from "../errors.ts";
import type { Turn } from "./questions/fold-turns.ts";
import type { AnswerBody } from "./questions/held-question.ts";
import type { Question } from "./questions/messages.ts";

/** Returns the answer in the format of the question. */
export async function answerQuestion(_: Question, turn: Turn): Promise<AnswerBody> {
  await turn.pause();
  throw new QueueFlowError("report_unavailable", "This version answers no questions yet");
}
