import { join } from "node:path";

/** Names a data folder with a stopped cluster to copy, which is faster than `initdb`; `test/main.ts` sets it. */
export const TEMPLATE_VARIABLE = "TEST_POSTGRES_TEMPLATE";

/** Gives a new data folder of embedded servers a PostgreSQL cluster, unless this run has no template. */
export function copyCluster(dataDir: string, template = Bun.env[TEMPLATE_VARIABLE]): void {
  if (template === undefined) return;
  const parts = ["postgres", "postgres.password"].map((name) => join(template, name));
  const { exitCode, stderr } = Bun.spawnSync(["cp", "--archive", ...parts, dataDir]);
  if (exitCode !== 0) throw new Error(`Cannot copy the PostgreSQL template: ${stderr.toString()}`);
}
