/** Holds the name of this run; `test/compose/main.ts` sets it. */
export const NAME_VARIABLE = "TEST_COMPOSE_NAME";

/** Begins the name of every container, volume, network and image of this run. */
export function runName(): string {
  const name = Bun.env[NAME_VARIABLE];
  if (name === undefined) throw new Error("Run the container tests with `bun run test:compose`");
  return name;
}
