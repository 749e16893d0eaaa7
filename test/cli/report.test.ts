import { afterAll, beforeAll, describe, expect, setSystemTime, test } from "bun:test";
import { seedEvents } from "../support/seed-events.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { runQueueflow } from "./run-queueflow.ts";

/** Yesterday is of another month. */
const NOW = new Date("2026-03-01T00:30:00Z");
const here = useTestDatabase();
const SITE = "reported.example";

async function report(...args: readonly string[]) {
  return await reportOn(SITE, ...args);
}

async function reportOn(siteId: string, ...args: readonly string[]) {
  return await runQueueflow(["report", "--site", siteId, ...args], {
    env: { DATABASE_URL: here.url },
  });
}

beforeAll(async () => {
  await seedEvents(here.database, { siteId: SITE, dates: ["2026-02-28"], eventsEach: 20 });
  await seedEvents(here.database, { siteId: SITE, dates: ["2026-02-27"], eventsEach: 3 });
  setSystemTime(NOW);
});
afterAll(() => void setSystemTime());

describe("queueflow report", () => {
  test("writes yesterday's numbers beside those of the day before", async () => {
    const { stdout, exitCode } = await report("--period", "day", "--format", "text");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Visitors +5 +Before: 3$/m);
    expect(stdout).toMatch(/^Page views +20 +Before: 3$/m);
    expect(stdout).toMatch(/^ +5 +\/0$/m);
  });

  test("writes a mail by default", async () => {
    const { stdout } = await report("--period", "day", "--to", "a@b.example", "--language", "de");
    expect(stdout).toStartWith("To: a@b.example\r\nSubject: =?utf-8?B?");
    const html = /text\/html.*?\r\n\r\n(.*?)\r\n\r\n/s.exec(stdout)?.[1] ?? "";
    expect(Buffer.from(html, "base64").toString()).toContain("Besucher");
  });

  test("refuses an unknown site by its name", async () => {
    const { stdout, stderr, exitCode } = await reportOn("nosuch.example");
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toContain('a site with settings or events, not "nosuch.example"');
  });

  test("writes of a site that waits for its first event", async () => {
    const siteId = "new.example";
    await here.sql`INSERT INTO sites (site_id, name) VALUES (${siteId}, 'New')`;
    const { stdout, exitCode } = await reportOn(siteId, "--format", "text");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Page views +0 +Before: 0$/m);
  });

  test.each([
    [["--to", "a@b.example\nBcc: c@d.example"], "Expected an address"],
    [["--period", "year"], "Allowed choices are day, week, month"],
  ])("refuses %p", async (args, message) => {
    const { stderr, exitCode } = await report(...args);
    expect({ exitCode, isNamed: stderr.includes(message) }).toEqual({ exitCode: 2, isNamed: true });
  });
});
