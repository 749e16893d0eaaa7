import { wait } from "../../../src/async/wait.ts";
import { appendAsOtherProgram, claimAndLeave } from "../other-program.ts";
import type { World } from "../world.ts";
import { type FaultKind, MOMENT } from "./fault-kind.ts";

const CLAIM_PAUSE_MS = 50;
const HOUR_MS = 3_600_000;

/** Faults that other programs cause in the stream. */
export const STREAM_FAULTS: readonly FaultKind[] = [
  {
    name: "another program appends events",
    target: "stream",
    weight: 1,
    lastsMs: MOMENT,
    begin: async (world) => {
      await appendAsOtherProgram(world, { name: uniqueName() });
      return undefined;
    },
  },
  {
    name: "another program appends bad entries among events",
    target: "stream",
    weight: 2,
    lastsMs: MOMENT,
    begin: async (world) => {
      await appendAsOtherProgram(world, { name: uniqueName(), bad: true });
      return undefined;
    },
  },
  {
    name: "stream ids are in the future",
    target: "stream",
    weight: 1,
    lastsMs: MOMENT,
    begin: async (world) => {
      await appendAsOtherProgram(world, { name: uniqueName(), aheadMs: HOUR_MS });
      return undefined;
    },
  },
  {
    name: "another program claims pending entries",
    target: "stream",
    weight: 2,
    lastsMs: { min: 1_000, max: 6_000 },
    begin: async (world) => {
      const ending = new AbortController();
      const ended = claimRepeatedly(world, ending.signal);
      return async () => {
        ending.abort();
        await ended;
      };
    },
  },
];

async function claimRepeatedly(world: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await claimAndLeave(world).catch(() => undefined); // Redis or the group is away.
    await wait(CLAIM_PAUSE_MS, signal);
  }
}

function uniqueName(): string {
  return `other-${crypto.randomUUID()}`;
}
