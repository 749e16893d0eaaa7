/** Callers with an equal question share the run in flight. */
export function shareEqual<Question, Result>(
  work: (question: Question) => Promise<Result>,
): (question: Question) => Promise<Result> {
  const running = new Map<string, Promise<Result>>();
  return async (question) => {
    const key = JSON.stringify(question);
    const known = running.get(key);
    if (known !== undefined) return await known;
    const run = work(question).finally(() => running.delete(key));
    running.set(key, run);
    return await run;
  };
}
