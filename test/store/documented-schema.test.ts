import { expect, test } from "bun:test";
import { projectFile } from "../packaging/project-files.ts";
import { useTestDatabase } from "../support/test-database.ts";

const here = useTestDatabase();

test("docs/architecture.md lists every table with its columns", async () => {
  const stored = await here.sql<{ table: string; columns: string[] }[]>`
    SELECT table_name AS "table", array_agg(column_name::text ORDER BY column_name COLLATE "C") AS columns
    FROM information_schema.columns
    WHERE table_schema = 'public'
    GROUP BY 1
    ORDER BY table_name COLLATE "C"`;
  const tables = projectFile("docs/architecture.md").split("\n## Tables\n")[1]?.split("\n## ")[0];
  const documented = [...(tables ?? "").matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(
    ([, table = "", columns = ""]) => ({ table, columns: columns.split(" ").toSorted() }),
  );
  expect(documented.toSorted((a, b) => (a.table < b.table ? -1 : 1))).toEqual([...stored]);
});
