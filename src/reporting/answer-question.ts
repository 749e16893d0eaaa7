import { QueueFlowError } from "../errors.ts";
import type { Turn } from "./questions/fold-turns.ts";
import type { Answer, Question } from "./questions/messages.ts";

/** Returns the answer in the format of the question. */
export async function answerQuestion(_: Question, turn: Turn): Promise<Answer> {
  await turn.pause();
  throw new QueueFlowError("report_unavailable", "This version answers no questions yet");
}
