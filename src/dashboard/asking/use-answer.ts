import { useEffect, useRef, useState } from "preact/hooks";
import { RequestFailure } from "../api/request.ts";
import { connection } from "./connection.ts";
import { useTick } from "./refresh.ts";
import { useIsLost } from "./use-connection.ts";

const BUSY_MS = 3_000;
const KEPT_MAX = 60;

export interface Answered<Answer> {
  /** Of the question before while the new one is asked, unless that was about another site. */
  readonly answer?: Answer | undefined;
  readonly failure?: RequestFailure | undefined;
  /** Whether `answer` is of another question than the one asked now. */
  readonly isOld: boolean;
}

/** By question, so that going back shows numbers at once. */
const kept = new Map<string, unknown>();

/** Asks again at each tick, when the engine is back, and soon when it is busy. Undefined asks nothing. */
export function useAnswer<Question, Answer>(
  question: Question | undefined,
  ask: (question: Question, signal: AbortSignal) => Promise<Answer>,
): Answered<Answer> {
  const key = question === undefined ? undefined : `${ask.name} ${JSON.stringify(question)}`;
  const site = siteOf(question);
  const [state, setState] = useState<AnswerState<Answer>>({});
  const [again, setAgain] = useState(0);
  const tick = useTick();
  const isLost = useIsLost();
  const questionRef = useRef(question);
  questionRef.current = question;

  useEffect(() => {
    const asked = questionRef.current;
    if (key === undefined || asked === undefined || isLost) return undefined;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const answerOf = async (current: Question) => {
      try {
        const answer = await ask(current, leaving.signal);
        keep(key, answer);
        setState({ key, site, answer });
      } catch (error) {
        if (leaving.signal.aborted) return;
        const failure = failureOf(error);
        if (failure.kind === "lost") connection.lost();
        if (failure.kind === "busy") timer = setTimeout(() => setAgain((n) => n + 1), BUSY_MS);
        setState((before) => ({ ...before, failure, failedKey: key }));
      }
    };
    void answerOf(asked);
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [key, tick, again, isLost]);

  const known = key === undefined ? undefined : (kept.get(key) as Answer | undefined);
  const own = state.key === key ? state.answer : known;
  const failure = state.failedKey === key ? state.failure : undefined;
  // Numbers that could not be renewed stay, unless they may not be seen any more.
  const isPassing = failure?.kind === "lost" || failure?.kind === "busy";
  return {
    answer: own ?? (state.site === site ? state.answer : undefined),
    failure: own !== undefined && isPassing ? undefined : failure,
    isOld: own === undefined,
  };
}

interface AnswerState<Answer> {
  readonly key?: string;
  readonly site?: unknown;
  readonly answer?: Answer;
  readonly failedKey?: string;
  readonly failure?: RequestFailure;
}

function siteOf(question: unknown): unknown {
  const isAboutOne = typeof question === "object" && question !== null && "site_id" in question;
  return isAboutOne ? question.site_id : undefined;
}

function failureOf(error: unknown): RequestFailure {
  return error instanceof RequestFailure ? error : new RequestFailure("refused", String(error));
}

function keep(key: string, answer: unknown): void {
  kept.delete(key);
  kept.set(key, answer);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
}
