import { afterEach, beforeEach, expect, test } from "bun:test";
import { newSession, randomText } from "../../../src/access/session.ts";
import {
  readEndedSessions,
  storeEndedSession,
  storeSessionSecret,
} from "../../../src/stream/access/session-store.ts";
import { SessionView } from "../../../src/stream/access/session-view.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { useTestRedis } from "../../support/test-stream.ts";

const HOUR_MS = 3_600_000;
const here = useTestRedis();

let stream = "";
beforeEach(() => {
  stream = here.streamKey();
});
afterEach(
  async () => void (await here.redis.del(`${stream}:sessions`, `${stream}:sessions:ended`)),
);

/** A session that was over by itself `agoMs` ago, by this process's clock. */
function over(agoMs: number) {
  const session = newSession({ kind: "operator" }, Date.now());
  return { ...session, expiresAtMs: Date.now() - agoMs };
}

test("keeps an ended session until it is over by every clock", async () => {
  const [behind, everywhere, last] = [over(9 * HOUR_MS), over(11 * HOUR_MS), over(0)];
  for (const session of [behind, everywhere, last]) {
    await storeEndedSession(here.redis, stream, session);
  }
  expect(await readEndedSessions(here.redis, stream)).toEqual(new Set([behind.id, last.id]));
});

test("signs with a new secret once Redis has lost its data", async () => {
  const view = new SessionView(here.redis, { stream, log: recordingLog().log });
  await view.refresh();
  const first = view.secret();
  const second = randomText();
  // As `queueflow dashboard --sign-out-all`: sessions of the first secret have ended.
  await storeSessionSecret(here.redis, stream, second);
  await here.redis.del(`${stream}:sessions`);
  await view.refresh();
  expect(view.secret()).toBeString();
  expect([first, second]).not.toContain(view.secret());
});
