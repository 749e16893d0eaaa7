import { beforeEach, describe, expect, test } from "bun:test";
import { useTestDatabase } from "../support/test-database.ts";
import { runQueueflow } from "./run-queueflow.ts";

const here = useTestDatabase();

async function queueflow(...args: readonly string[]) {
  return await runQueueflow(args, { env: { DATABASE_URL: here.url } });
}

/** Returns what `list --json` prints. */
async function listed(...command: readonly string[]): Promise<readonly unknown[]> {
  const { stdout } = await queueflow(...command, "--json");
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

beforeEach(async () => void (await here.sql`TRUNCATE site_goals, site_segments`));

describe("queueflow goals", () => {
  test.each([
    [["--event", "signup"], { filters: [["is", "event:name", ["signup"]]] }],
    [["--page", "/docs/**"], { filters: [["matches_glob", "event:page", ["/docs/**"]]] }],
    [
      ["--event", "signup", "--property", "plan=a=b"],
      {
        filters: [
          ["is", "event:name", ["signup"]],
          ["is", "event:props:plan", ["a=b"]],
        ],
      },
    ],
    [
      ["--event", "buy", "--revenue", "amount", "--currency", "EUR"],
      {
        filters: [["is", "event:name", ["buy"]]],
        revenue: { property: "amount", currency: "EUR" },
      },
    ],
  ])("sets one by %p", async (options, definition) => {
    const set = await queueflow("goals", "set", "a.example", "A goal", ...options);
    expect(set).toMatchObject({ stdout: "Set the goal A goal of a.example.\n", exitCode: 0 });
    expect(await listed("goals", "list", "a.example")).toEqual([{ name: "A goal", ...definition }]);
    expect(await listed("goals", "list", "b.example")).toEqual([]);
  });

  test("removes one by name", async () => {
    await queueflow("goals", "set", "a.example", "A goal", "--event", "signup");
    expect(await queueflow("goals", "list", "a.example")).toMatchObject({
      stdout: expect.stringContaining("A goal"),
    });
    const remove = async () => await queueflow("goals", "remove", "a.example", "A goal");
    expect(await remove()).toMatchObject({ exitCode: 0 });
    expect(await remove()).toMatchObject({
      stderr: "queueflow: a.example has no goal A goal\n",
      exitCode: 1,
    });
    expect((await queueflow("goals", "list", "a.example")).stdout).toBe(
      "a.example has no goals.\n",
    );
  });

  test.each([
    [[], "filters"],
    [["--property", "plan"], "NAME=VALUE"],
    [["--filters", "{}"], "JSON array"],
    [["--event", "buy", "--revenue", "amount"], "currency"],
  ])("refuses %p", async (options, text) => {
    const { stderr, exitCode } = await queueflow("goals", "set", "a.example", "A", ...options);
    expect(stderr).toContain(text);
    expect(exitCode).toBe(2);
  });
});

test("queueflow segments sets, lists and removes one", async () => {
  const filters = [["is", "visit:country", ["DE"]]];
  const json = JSON.stringify(filters);
  await queueflow("segments", "set", "a.example", "Germany", "--filters", json);
  const all = ["segments", "list", "a.example"];
  expect(await listed(...all)).toEqual([{ name: "Germany", filters }]);
  await queueflow("segments", "remove", "a.example", "Germany");
  expect(await listed(...all)).toEqual([]);
});
