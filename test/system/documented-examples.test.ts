import { describe, expect, test } from "bun:test";
import { projectFile } from "../packaging/project-files.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** A command in a document with the response printed below it. The figures in a `jsonc` response vary. */
interface Example {
  readonly command: string;
  readonly response: string;
  readonly isExact: boolean;
}

function examplesIn(document: string): readonly Example[] {
  const block = /```sh\n((?:(?!```).*\n)+)```\n\n```(jsonc?|csv)\n((?:(?!```).*\n)+)```/g;
  return [...document.matchAll(block)].map(([, command = "", kind = "", response = ""]) => ({
    command: command.trim(),
    response: response.trim(),
    isExact: kind !== "jsonc",
  }));
}

/** Returns the paths of all fields; the elements of a list share one path. */
function fieldsOf(value: unknown, path = ""): ReadonlySet<string> {
  if (typeof value !== "object" || value === null) return new Set([path]);
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((element) => ["[]", element])
    : Object.entries(value);
  return new Set(entries.flatMap(([name, of]) => [...fieldsOf(of, `${path}.${name}`)]));
}

const here = useEngine();

/** Runs a command in a shell, with the port of the test's engine. */
async function run(command: string): Promise<string> {
  const line = command.replaceAll("localhost:3000", `127.0.0.1:${here.engine.port}`);
  const shell = Bun.spawn(["bash", "-c", line], { stdio: ["ignore", "pipe", "ignore"] });
  const output = await shell.stdout.text();
  expect(await shell.exited, line).toBe(0);
  return output;
}

for (const path of ["README.md", "docs/api.md"]) {
  const document = projectFile(path);
  const examples = examplesIn(document);

  describe(path, () => {
    test("shows a response to every curl command", () => {
      expect(examples.length).toBeGreaterThanOrEqual(2);
      expect(examples.length).toBe([...document.matchAll(/^curl /gm)].length);
    });

    test.each(
      examples.map(
        (example) => [example.command.replaceAll(/\s*\\?\n\s*/g, " "), example] as const,
      ),
    )("%s", async (_, { command, response, isExact }) => {
      if (/\/(stats|query|export)\b/.test(command)) await untilDrained(here.servers);
      const received = (await run(command)).replaceAll("\r\n", "\n").trimEnd();
      const isMinted = command.includes("/event") && !command.includes("event_id");
      if (isMinted) expect(received.replace(UUID, "")).toBe(response.replace(UUID, ""));
      else if (isExact) expect(received).toBe(response);
      else expect(fieldsOf(JSON.parse(received))).toEqual(fieldsOf(JSON.parse(response)));
    });
  });
}

describe("the start", () => {
  test("prints curl commands that work in a shell", async () => {
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
