import { setTimeout as delay } from "node:timers/promises";
import { appendAsOtherProgram, claimAndLeave } from "../other-program.ts";
import { type FaultKind, MOMENT } from "./fault-kind.ts";

const CLAIMS = 20;
const CLAIM_PAUSE_MS = 20;

/** What other programs do to the stream. */
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
    name: "another program claims pending entries, and leaves them",
    target: "stream",
    weight: 2,
    lastsMs: MOMENT,
    begin: async (world) => {
      for (let claim = 0; claim < CLAIMS; claim += 1) {
        await claimAndLeave(world);
        await delay(CLAIM_PAUSE_MS);
      }
      return undefined;
    },
  },
];

function uniqueName(): string {
  return `other-${crypto.randomUUID()}`;
}
