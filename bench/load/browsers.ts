import { join } from "node:path";
import { emptyFolder } from "../../test/support/engine.ts";
import { clientEvents } from "./event-bodies.ts";

const BODIES = 100_000;
const AGENTS = 1_000;

const MODELS = ["Pixel 8", "Pixel 9 Pro", "SM-S921B", "SM-A546B", "2201117TY", "CPH2581"];
const DESKTOPS = [
  "Windows NT 10.0; Win64; x64",
  "Macintosh; Intel Mac OS X 10_15_7",
  "X11; Linux x86_64",
  "X11; CrOS x86_64 14541.0.0",
];

/** Kinds of browsers by their version, such as 120. */
const KINDS: readonly ((version: number, i: number) => string)[] = [
  (version, i) => `${chromium(DESKTOPS[i % DESKTOPS.length] ?? "", version)} Safari/537.36`,
  (version, i) =>
    `${chromium(`Linux; Android ${10 + (i % 6)}; ${MODELS[i % MODELS.length]}`, version)} Mobile Safari/537.36`,
  (version, i) =>
    `${chromium(DESKTOPS[i % 2] ?? "", version)} Safari/537.36 Edg/${version}.0.${i}.0`,
  (version, i) =>
    `Mozilla/5.0 (${DESKTOPS[i % DESKTOPS.length]}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`,
  (version, i) =>
    `Mozilla/5.0 (iPhone; CPU iPhone OS ${version % 10}_${i % 7} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${10 + (version % 9)}.${i % 9} Mobile/15E148 Safari/604.1`,
];

/** Returns what browsers send in the same pages as those for `POST /event`. */
export async function beaconLoad() {
  return {
    path: "/collect",
    // Of a string that `sendBeacon` sends.
    contentType: "text/plain;charset=UTF-8",
    bodiesFile: await beaconBodiesFile(),
    agentsFile: await agentsFile(),
  };
}

/** Creates a file of `AGENTS` different user agents, one per line. */
async function agentsFile(): Promise<string> {
  const agents = new Set<string>();
  for (let i = 0; agents.size < AGENTS; i += 1) {
    const agentOf = KINDS[i % KINDS.length];
    if (agentOf !== undefined) agents.add(agentOf(60 + (i % 83), i));
  }
  return await written("agents.txt", [...agents]);
}

async function beaconBodiesFile(): Promise<string> {
  const bodies = [...clientEvents(BODIES)].map(({ site_id: siteId, path }) => {
    const page = { url: `https://${siteId}${path}`, title: "A page", screen: "1920x1080" };
    return JSON.stringify({ site_id: siteId, ...page, referrer: "https://www.google.com/" });
  });
  return await written("beacons.jsonl", bodies);
}

function chromium(platform: string, version: number): string {
  return `Mozilla/5.0 (${platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0`;
}

async function written(name: string, lines: readonly string[]): Promise<string> {
  const path = join(emptyFolder(), name);
  await Bun.write(path, `${lines.join("\n")}\n`);
  return path;
}
