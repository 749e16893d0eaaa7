import { askEngine } from "../measure/report-sides.ts";
import { QUESTIONS, RANGES } from "./report-questions.ts";

/** Asks a dozen questions of the last 31 days at once, as a dashboard does. */
export async function askDozen(url: string): Promise<void> {
  await Promise.all(
    Array.from({ length: 12 }, async (_, place) => {
      const question = QUESTIONS[place % QUESTIONS.length];
      if (question !== undefined) await askEngine(url, question, RANGES.month);
    }),
  );
}
