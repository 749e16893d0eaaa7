// oxlint-disable-next-line import/no-unassigned-import -- a thread entry, which exports nothing
import "../../src/child.ts";
import { MIGRATIONS, type Migration } from "../../src/store/schema/migrations.ts";
import { laterMigrations } from "./later-migrations.ts";

/** The engine's thread entry, with additional migrations before the first message. */
(MIGRATIONS as Migration[]).push(...laterMigrations());
