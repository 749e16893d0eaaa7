import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { SQL } from "bun";
import postgres, { type Sql } from "postgres";
import { Database, type Transaction } from "../../src/store/database.ts";
import { SESSION_SETTINGS } from "../../src/store/session-settings.ts";

/** Makes every session send the plan of each statement as a notice. */
export async function explainEverything(sql: Sql): Promise<void> {
  const [row] = await sql`SELECT current_database() AS name`;
  for (const setting of [
    "session_preload_libraries = 'auto_explain'",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_analyze = on",
    "auto_explain.log_timing = off",
    "auto_explain.log_buffers = on",
    "auto_explain.log_level = 'notice'",
    "auto_explain.log_format = 'json'",
  ]) {
    await sql.unsafe(`ALTER DATABASE ${String(row?.["name"])} SET ${setting}`);
  }
}

/** A plan node. Counts are per loop. */
const Node = Type.Object({
  "Node Type": Type.String(),
  "Relation Name": Type.Optional(Type.String()),
  "Index Name": Type.Optional(Type.String()),
  "Index Cond": Type.Optional(Type.String()),
  "Join Filter": Type.Optional(Type.String()),
  "Actual Rows": Type.Optional(Type.Number()),
  "Actual Loops": Type.Optional(Type.Number()),
  "Rows Removed by Filter": Type.Optional(Type.Number()),
  "Rows Removed by Join Filter": Type.Optional(Type.Number()),
  "Shared Hit Blocks": Type.Optional(Type.Number()),
  "Shared Read Blocks": Type.Optional(Type.Number()),
  Plans: Type.Optional(Type.Array(Type.Unknown())),
});

/** A step of a plan with the number of rows that it read, including filtered ones. */
export interface PlanStep {
  readonly statement: string;
  readonly type: string;
  readonly relation: string | undefined;
  readonly condition: string | undefined;
  readonly visits: number;
  /** Of tables and indexes, those that the steps below it read included. */
  readonly pages: number;
}

/** A database with one connection that collects the plans of its statements. */
export class ExplainedDatabase extends Database {
  readonly #sql: Sql;
  #steps: PlanStep[] = [];

  constructor(url: string, settings: Readonly<Record<string, string>> = {}) {
    super({ url, connectionsMax: 1 });
    this.#sql = postgres(url, {
      max: 1,
      connection: { ...SESSION_SETTINGS, ...settings },
      onnotice: ({ message = "" }) => this.#note(message),
    });
  }

  /** The same connection for statements of Bun's driver, which passes no notices on. */
  get asBunSql(): SQL {
    const prepared = new Proxy(this.#sql, {
      get: (sql, name) =>
        name === "unsafe"
          ? (text: string, values: never[]) => sql.unsafe(text, values, { prepare: true })
          : Reflect.get(sql, name),
    });
    return prepared as unknown as SQL;
  }

  override async query<Result>(_: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return await work(this.#sql);
  }

  override async transaction<Result>(
    _: number,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const { result } = await this.#sql.begin(async (tx) => ({ result: await work(tx) }));
    return result;
  }

  override async close(timeoutMs: number): Promise<void> {
    await this.#sql.end({ timeout: timeoutMs / 1_000 });
    await super.close(timeoutMs);
  }

  /** Returns the steps of all plans since the last call. */
  takeSteps(): readonly PlanStep[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  #note(message: string): void {
    const json = /^duration: [\d.]+ ms\s+plan:\s*(\{.*\})\s*$/s.exec(message)?.[1];
    if (json === undefined) return;
    const Explained = Type.Object({ "Query Text": Type.String(), Plan: Type.Unknown() });
    const explained = Value.Parse(Explained, JSON.parse(json));
    this.#steps.push(...stepsOf(explained.Plan, explained["Query Text"]));
  }
}

function stepsOf(plan: unknown, statement: string): PlanStep[] {
  const node = Value.Parse(Node, plan);
  const removed =
    (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Join Filter"] ?? 0);
  const step = {
    statement: statement.replaceAll(/\s+/g, " ").trim(),
    type: node["Node Type"],
    relation: node["Relation Name"],
    condition: node["Index Cond"],
    visits: ((node["Actual Rows"] ?? 0) + removed) * (node["Actual Loops"] ?? 0),
    pages: (node["Shared Hit Blocks"] ?? 0) + (node["Shared Read Blocks"] ?? 0),
  };
  return [step, ...(node.Plans ?? []).flatMap((child) => stepsOf(child, statement))];
}
