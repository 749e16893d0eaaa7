import { join } from "node:path";
import type { Bench } from "../bench.ts";
import { pinned } from "../machine/pin.ts";
import type { Finding } from "../report/finding.ts";

const SITES = ["busiest", "all"] as const;

/** Of an event. */
interface ChunkCosts {
  readonly bytes: number;
  readonly collectNs: number;
  readonly encodeNs: number;
  readonly decodeNs: number;
  readonly decodePagesNs: number;
  readonly mergeNs: number;
}

/** What an event takes in a day chunk, and to pack, read and merge one, with every field that browsers send. */
export async function chunks({ options, placement, say }: Bench): Promise<readonly Finding[]> {
  const script = join(import.meta.dir, "../load/chunks.ts");
  const measure = async (sites: (typeof SITES)[number]): Promise<ChunkCosts> => {
    const command = pinned(placement.thread.server, [process.execPath, script, sites]);
    const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit"] });
    const text = await new Response(child.stdout).text();
    if ((await child.exited) !== 0) throw new Error("The chunks failed");
    say(`${sites}: ${text.trim()}`);
    return JSON.parse(text);
  };
  const { bytes } = await measure("all");
  const busiest: ChunkCosts[] = [];
  for (let pair = 0; pair < options.pairs; pair += 1) busiest.push(await measure("busiest"));
  const cost = (what: string, figure: keyof ChunkCosts): Finding => ({
    what,
    unit: "ns",
    engine: busiest.map((costs) => costs[figure]),
  });
  return [
    {
      what: "bytes of an event in chunks of a day, 1,000 sites by Zipf",
      unit: "bytes",
      engine: [bytes],
      line: { of: "value", bound: "at most", limit: 48 },
    },
    {
      what: "bytes of an event in chunks, busiest site",
      unit: "bytes",
      engine: busiest.map((costs) => costs.bytes),
    },
    cost("to make columns of a raw row", "collectNs"),
    cost("to encode an event", "encodeNs"),
    cost("to decode an event, all columns", "decodeNs"),
    {
      ...cost("to decode an event for top pages with visitors", "decodePagesNs"),
      // A quarter of the time that a question of 12 months and 2.7 million events may take.
      line: { of: "value", bound: "at most", limit: 37 },
    },
    cost("to merge an event, all columns", "mergeNs"),
  ];
}
