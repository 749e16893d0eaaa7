import { freePort } from "../../src/embedded/free-port.ts";
import type { Bench } from "../bench.ts";
import { sendAtRate } from "../load/open-loop.ts";
import { inTurn } from "../measure/in-turn.ts";
import type { Finding } from "../report/finding.ts";
import type { BenchDatabase } from "../servers.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

/** Events a second. */
const RATE = 10_000;
/** Of a site: the packer lets smaller tails grow. */
const ROWS_DUE = 1_000;

/** Whether the packer keeps up with events that are accepted and stored at the same time. */
export async function packing(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  await servers.place(placement.machine);
  const seconds = 4 * options.seconds;
  const results = await inTurn(options.pairs, ["packing"], async () => {
    await deleteStream(servers.redis, KEY.stream);
    await using database = await servers.newDatabase();
    const { server: cores } = placement.machine;
    const env = { API_PORT: String(freePort()) };
    await using engine = await startBenchEngine(servers, { cores, databaseUrl: database.url, env });
    const load = { port: engine.port, rate: RATE, connections: 64, seconds, warmUpSeconds: 0 };
    const { p99Ms } = await sendAtRate(load, placement.thread.load);
    const tails = await readTails(database, RATE * seconds);
    say(`p99 of POST /event ${p99Ms.toFixed(1)} ms, ${JSON.stringify(tails)}`);
    return tails;
  });
  const of = `after ${seconds} s at ${RATE.toLocaleString("en")}/s`;
  return [
    {
      what: `events not yet stored or due to be packed, ${of}`,
      unit: "s",
      engine: results("packing").map(({ unstored, due }) => (unstored + due) / RATE),
      line: { of: "value", bound: "at most", limit: 5 },
    },
    {
      what: `events packed ${of}`,
      unit: "events",
      engine: results("packing").map(({ packed }) => packed),
    },
  ];
}

interface Tails {
  readonly unstored: number;
  /** Of sites with enough of them. */
  readonly due: number;
  readonly packed: number;
}

async function readTails({ sql }: BenchDatabase, accepted: number): Promise<Tails> {
  const [row] = await sql`
    SELECT (SELECT coalesce(sum(total_views), 0)::float8 FROM daily_site_stats) AS stored,
      (SELECT coalesce(sum(events), 0)::float8 FROM day_chunks) AS packed,
      (SELECT coalesce(sum(rows), 0)::float8 FROM (
        SELECT count(*) AS rows
        FROM events LEFT JOIN site_packing USING (site_id)
        WHERE events.id > coalesce(site_packing.packed_id, 0)
        GROUP BY events.site_id
      ) AS tails WHERE rows >= ${ROWS_DUE}) AS due`;
  const [stored, due, packed] = ["stored", "due", "packed"].map((name) => Number(row?.[name]));
  return { unstored: accepted - (stored ?? 0), due: due ?? 0, packed: packed ?? 0 };
}
