/** Returns the rejection of a promise. Throws when the promise resolves. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ kind: "resolved", value }) as const,
    (reason: unknown) => ({ kind: "rejected", reason }) as const,
  );
  if (outcome.kind === "rejected") return outcome.reason;
  throw new Error(`Expected a rejection, got ${Bun.inspect(outcome.value)}`);
}
