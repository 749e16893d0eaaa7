import { parseArgs } from "node:util";
import { runRound } from "./run-round.ts";
import { isFaultName } from "./schedule.ts";

/**
 * `bun run test:chaos --seed N --minutes M --faults NAMES`: rounds of at most three minutes on new servers, with seeds N, N + 1
 * and so on, so that a failed round can be repeated alone. Exits with 1 at the first failed round. `NAMES` limits the faults
 * to those whose names contain one of the comma-separated parts.
 */
const ROUND_MINUTES_MAX = 3;

const { values } = parseArgs({
  args: Bun.argv.slice(2),
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    minutes: { type: "string", default: "1" },
    faults: { type: "string", default: "" },
  },
});
const firstSeed = Number(values.seed);
const minutes = Number(values.minutes);
const faults = values.faults.split(",").filter((part) => part !== "");
if (!Number.isInteger(firstSeed) || !(minutes > 0)) {
  console.error(
    "usage: bun run test:chaos [--seed <integer>] [--minutes <number>] [--faults <names>]",
  );
  process.exit(2);
}
const unknown = faults.filter((part) => !isFaultName(part));
if (unknown.length > 0) {
  console.error(`No fault name contains ${unknown.join(" or ")}: see test/chaos/faults/`);
  process.exit(2);
}

const rounds = Math.ceil(minutes / ROUND_MINUTES_MAX);
for (let round = 0; round < rounds; round += 1) {
  const seed = firstSeed + round;
  const chosen = faults.length === 0 ? "" : ` --faults "${faults.join(",")}"`;
  const again = `--seed ${seed} --minutes ${minutes / rounds}${chosen}`;
  console.log(`round ${round + 1} of ${rounds}: ${again}`);
  const durationMs = (minutes / rounds) * 60_000;
  const { failures, tail } = await runRound({ seed, durationMs, faults, onLine: console.log });
  if (failures.length > 0) {
    console.log(["", "The engine's last records:", ...tail].join("\n"));
    console.log(["", `${failures.length} failures with ${again}:`, ...failures].join("\n"));
    process.exit(1);
  }
  console.log(`round ${round + 1} passed\n`);
}
process.exit(0);
