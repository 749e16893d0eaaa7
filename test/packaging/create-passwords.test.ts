import { expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { COMPOSE_ONLY, PASSWORDS } from "./compose-file.ts";
import { ROOT } from "./project-files.ts";

const SCRIPT = "ops/create-passwords";
const NAMES = [...Object.keys(PASSWORDS), ...COMPOSE_ONLY].filter((name) => /PASSWORD/.test(name));

test("create-passwords writes a random password for each server", () => {
  const [first, second] = [passwordsAfter(), passwordsAfter()];
  expect([...first.keys()].toSorted()).toEqual(NAMES.toSorted());
  const all = [...first.values(), ...second.values()];
  for (const password of all) expect(password).toMatch(/^[0-9a-f]{48}$/);
  expect(new Set(all).size).toBe(2 * NAMES.length);
});

test("create-passwords keeps what .env already sets", () => {
  const before = "REDIS_PASSWORD=\nAPI_PORT=1\nexport POSTGRES_PASSWORD='a b'";
  const passwords = passwordsAfter(before);
  expect(passwords.get("POSTGRES_PASSWORD")).toBe("'a b'");
  expect(passwords.get("API_PORT")).toBe("1");
  expect(passwords.get("REDIS_PASSWORD")).toMatch(/^[0-9a-f]{48}$/);
});

/** Runs the script twice beside a `.env` with this text. Returns the variables, of which the last line of a name counts. */
function passwordsAfter(before?: string): ReadonlyMap<string, string> {
  const folder = temporaryFolder("passwords");
  const path = join(folder, ".env");
  cpSync(join(ROOT, SCRIPT), join(folder, SCRIPT), { recursive: true });
  if (before !== undefined) writeFileSync(path, before);
  for (const run of ["first", "second"]) {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    expect(Bun.spawnSync([join(folder, SCRIPT)]).exitCode).toBe(0);
    if (run === "second") expect(readFileSync(path, "utf8")).toBe(text);
  }
  if (before === undefined) expect(statSync(path).mode & 0o777).toBe(0o600);
  const lines = readFileSync(path, "utf8").matchAll(/^(?:export )?(\w+)=(.*)$/gm);
  return new Map(Array.from(lines, ([, name = "", value = ""]) => [name, value]));
}
