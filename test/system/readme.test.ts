import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { checkInvariants } from "../support/check-invariants.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const readme = await Bun.file(join(import.meta.dir, "../../README.md")).text();
const api = readme.split("\n## API\n")[1]?.split("\n## ")[0] ?? "";

/**
 * The commands of the API section, each with the answer that stands below it. One marked `jsonc` is laid
 * out for reading, and its figures are of the moment: the engine's has the same fields.
 */
const examples = [...api.matchAll(/```sh\n([\s\S]*?)```\s+```(jsonc?)\n([\s\S]*?)```/g)].map(
  ([, command = "", kind = "", answer = ""]) => ({
    command: command.trim(),
    answer: answer.trim(),
    isExact: kind === "json",
  }),
);

/** The paths of all fields in an answer, in order; those of a list's elements once. */
function fieldsOf(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((element) => ["[]", element])
    : Object.entries(value);
  return [...new Set(entries.flatMap(([name, of]) => fieldsOf(of, `${path}.${name}`)))];
}

const here = useEngine();

/** Runs a command line as a reader would, on the port that the test's engine has. */
async function run(command: string): Promise<string> {
  const line = command.replaceAll("localhost:3000", `127.0.0.1:${here.engine.port}`);
  const shell = Bun.spawn(["bash", "-c", line], { stdio: ["ignore", "pipe", "ignore"] });
  const answer = await shell.stdout.text();
  expect(await shell.exited, line).toBe(0);
  return answer;
}

describe("README", () => {
  test("README shows an answer to every curl of its API section", () => {
    expect(examples.length).toBe([...api.matchAll(/^curl /gm)].length);
    expect(examples.length).toBeGreaterThanOrEqual(6);
  });

  for (const { command, answer, isExact } of examples) {
    test(`README gives the answer of the engine to ${command.replaceAll(/\s*\\?\n\s*/g, " ")}`, async () => {
      if (command.includes("/stats?")) await untilDrained(here.servers);
      const answered = await run(command);
      const isMinted = command.includes("/event") && !command.includes("event_id");
      if (isMinted) expect(answered.replace(UUID, "")).toBe(answer.replace(UUID, ""));
      else if (isExact) expect(answered).toBe(answer);
      else expect(fieldsOf(JSON.parse(answered))).toEqual(fieldsOf(JSON.parse(answer)));
    });
  }

  test("the start prints curl lines that work when they are pasted into a shell", async () => {
    const lines = [...here.engine.output.errors.matchAll(/^ {2}(curl .*)$/gm)].map(
      ([, line = ""]) => line.replaceAll(`localhost:${here.engine.port}`, "localhost:3000"),
    );
    expect(lines).toHaveLength(3);
    const [post = "", stats = "", ready = ""] = lines;
    expect(await run(post)).toMatch(/^\{"status":"accepted","event_id":"[0-9a-f-]{36}"\}$/);
    await eventually(async () => {
      expect(JSON.parse(await run(stats))).toMatchObject({ total_views: 1, unique_users: 1 });
    });
    expect(await run(ready)).toBe('{"status":"ready"}');
    await checkInvariants(here.servers.sql);
  });
});
