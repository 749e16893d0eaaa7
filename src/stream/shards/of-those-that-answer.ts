/**
 * Returns what `read` resolves with for each item, without those for which it fails.
 *
 * @throws the first failure when it fails for all.
 */
export async function ofThoseThatAnswer<Item, Result>(
  items: Iterable<Item>,
  read: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const outcomes = await Promise.allSettled(Array.from(items, read));
  const answers = outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" ? [outcome.value] : [],
  );
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (answers.length === 0 && failure !== undefined) throw failure.reason;
  return answers;
}
