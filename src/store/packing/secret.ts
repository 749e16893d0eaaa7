import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

const SECRET_BYTES = 32;

/** Returns the secret that keys the hashes of users in chunks. The first call of the installation makes it. */
export async function readPackingSecret(database: Database): Promise<Uint8Array> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    for (;;) {
      const [row] = await sql<
        { secret: Buffer }[]
      >`SELECT secret FROM packing_secret WHERE only_row = true`;
      if (row !== undefined) return row.secret;
      const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
      await sql`INSERT INTO packing_secret (secret) VALUES (${secret}) ON CONFLICT DO NOTHING`;
    }
  });
}
