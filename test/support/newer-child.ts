// oxlint-disable-next-line import/no-unassigned-import -- the entry of a thread is run, not used.
import "../../src/child.ts";
import { MIGRATIONS, type Migration } from "../../src/store/schema/migrations.ts";
import { laterMigrations } from "./later-migrations.ts";

/** The entry of a thread of a newer binary: the engine's own, before whose first message some migrations more are known. */
(MIGRATIONS as Migration[]).push(...laterMigrations());
