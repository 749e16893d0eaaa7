import { askReport } from "../api/ask-report.ts";
import { hasNames, isNamedLike } from "../numbers/names.ts";
import { type Scope, type Searched, valuesQuestion } from "../report/questions.ts";
import { useAnswer } from "./use-answer.ts";

/**
 * Returns what to search a dimension for, so that what somebody writes is found in values as they are shown: Germany, which is
 * stored as `DE`. Undefined until the engine has said which values there are.
 */
export function useSearched(scope: Scope, dimension: string, text: string): Searched | undefined {
  const isAsked = text !== "" && hasNames(dimension);
  const question = isAsked ? valuesQuestion(scope, dimension) : undefined;
  const { answer, failure, isOld } = useAnswer(question, askReport);
  if (text === "") return { text, named: [] };
  if (isAsked && failure === undefined && (answer === undefined || isOld)) return undefined;
  const stored = isAsked && !isOld ? (answer?.results ?? []) : [];
  const values = stored.map(({ dimensions: [value] }) => value ?? "");
  const named = [...new Set(["", ...values])].filter((value) =>
    isNamedLike(dimension, value, text),
  );
  return { text, named };
}
