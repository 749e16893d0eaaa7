import { describe, expect, test } from "bun:test";
import { PasswordChecks } from "../../../src/http/shares/password-checks.ts";
import { rejectionOf } from "../../support/rejection-of.ts";

const PASSWORD = "for the board only";
/** More than a link has at once; they refill too slowly for as many fast guesses. */
const GUESSES = 40;
/** Costs next to nothing. */
const hash = await Bun.password.hash(PASSWORD, {
  algorithm: "argon2id",
  memoryCost: 8,
  timeCost: 1,
});

/** Returns the codes of guesses, each from another address. */
async function guess(checks: PasswordChecks, shareId: string): Promise<readonly string[]> {
  const codes = [];
  for (let n = 0; n < GUESSES; n += 1) {
    const guessed = checks.expect("a guess", { shareId, hash, address: `192.0.2.${n}` });
    codes.push(String(((await rejectionOf(guessed)) as { code?: unknown }).code));
  }
  return codes;
}

describe("guesses of a link's password", () => {
  test("are limited from however many addresses", async () => {
    const checks = new PasswordChecks();
    const codes = await guess(checks, "guessed");
    expect(new Set(codes)).toEqual(new Set(["password_wrong", "rate_limited"]));
    expect(codes[0]).toBe("password_wrong");
    const right = checks.expect(PASSWORD, { shareId: "guessed", hash, address: "198.51.100.1" });
    expect(await rejectionOf(right)).toMatchObject({ code: "rate_limited" });
  });

  test("take nothing from another link", async () => {
    const checks = new PasswordChecks();
    await guess(checks, "guessed");
    const address = "198.51.100.1";
    expect(await checks.expect(PASSWORD, { shareId: "other", hash, address })).toBeUndefined();
  });
});
