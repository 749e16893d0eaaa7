import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { externalServers } from "../../src/cli/config/external-servers.ts";
import { emptyFolder } from "../support/engine.ts";

test("names the variables that turn embedded servers off", () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, ".env"), "POSTGRES_PASSWORD=secret\nPOSTGRES_DB=queueflow\n");
  const of = (env: Readonly<Record<string, string>>) => externalServers({ env, folder });
  expect(of({})).toMatchObject({ redis: [], postgres: [] });
  const password = { POSTGRES_PASSWORD: "secret" };
  expect(of(password)).toEqual({
    redis: [],
    postgres: ["POSTGRES_PASSWORD in .env"],
    isPostgresUnnamed: true,
  });
  expect(of({ ...password, PG_HOST: "db" })).toMatchObject({
    postgres: ["PG_HOST", "POSTGRES_PASSWORD in .env"],
    isPostgresUnnamed: false,
  });
  const url = { ...password, DATABASE_URL: "postgres://db/queueflow", REDIS_URL: "redis://redis" };
  expect(of(url)).toEqual({
    redis: ["REDIS_URL"],
    postgres: ["DATABASE_URL"],
    isPostgresUnnamed: false,
  });
});
