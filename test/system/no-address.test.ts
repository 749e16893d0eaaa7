import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openAccessKeys, withKey } from "../support/access-keys.ts";
import { formsOf, type WrittenAddress } from "../support/address-forms.ts";
import { CHROME } from "../support/browser.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { openEngineServers, untilDrained, untilMigrated } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS, startServers } from "../support/servers.ts";
import { openServerProxies } from "../support/tcp-proxy.ts";

const SITE = "no-address.example";
const CLOSED_SITE = "closed.example";
/** Kept apart from the visitors: an operator writes it. */
const EXCLUDED_NETWORK = "203.0.113.0/24";

/** Of visitors, and of nothing else on this machine. */
const ADDRESSES: readonly WrittenAddress[] = [
  { text: "198.51.100.237", bytes: [198, 51, 100, 237], others: ["::ffff:c633:64ed"] },
  { text: "203.0.113.89", bytes: [203, 0, 113, 89], others: ["::ffff:cb00:7159"] },
  {
    text: "2001:db8:7:11::ed",
    bytes: [0x20, 0x01, 0x0d, 0xb8, 0, 7, 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0xed],
    others: ["2001:DB8:7:11::ED", "2001:0db8:0007:0011:0000:0000:0000:00ed"],
  },
];

/** More requests than an address sends below. */
const BURST = 200;

interface Request {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const url = `https://${SITE}/`;
const text = (beacon: unknown) => JSON.stringify(beacon);
const view = text({ site_id: SITE, url });
const beaconOf = (body: string, headers = {}): Request => ({
  path: "/collect",
  method: "POST",
  headers,
  body,
});
const json = { "Content-Type": "application/json" };

/** With the status of each: stored, dropped, ignored in part, refused, and of other routes. */
const REQUESTS: readonly (readonly [status: number, request: Request])[] = [
  [202, beaconOf(view)],
  [202, beaconOf(text({ site_id: SITE, url, user_id: "ann", at_ms_ago: 60_000 }))],
  [202, beaconOf(text({ site_id: SITE, url, referrer: "x", screen: "odd", unknown: 1 }))],
  [202, beaconOf(view, { "User-Agent": "curl/8.5.0" })],
  [202, beaconOf(view, { "Sec-Purpose": "prefetch" })],
  [202, beaconOf(text({ site_id: SITE, url: `${url}admin` }))],
  [400, beaconOf("{")],
  [401, beaconOf(text({ site_id: CLOSED_SITE, url }))],
  [401, { ...beaconOf(view), path: "/collect?key=qf_b_x" }],
  [403, beaconOf(view, { Origin: "https://evil.example" })],
  [413, beaconOf(view.padEnd(65_537))],
  [415, beaconOf(view, { "Content-Type": "text/csv" })],
  [422, beaconOf(text({ site_id: SITE }))],
  [422, beaconOf(text({ site_id: SITE, url, user_id: 1, at_ms_ago: -1 }))],
  [200, { path: `/collect.gif?site_id=${SITE}&url=${url}` }],
  [422, { path: `/collect.gif?site_id=${SITE}&at_ms_ago=x` }],
  [404, { path: "/collect/none" }],
  [405, { path: "/collect" }],
  [202, { path: "/event", method: "POST", headers: json, body: text(sampleBody()) }],
  [422, { path: "/event", method: "POST", headers: json, body: "{}" }],
  [400, { path: "/events", method: "POST", headers: json, body: "[{" }],
  [401, { path: "/stats", headers: { Authorization: "Bearer qf_r_x" } }],
];

test(
  "no address of a visitor is on disk, in the log or sent to a server",
  async () => {
    await using own = await startServers({ redis: true, postgres: "newest" });
    const carried: Buffer[] = [];
    await using proxies = openServerProxies(own.redisUrl, own.databaseUrl, (bytes) =>
      carried.push(bytes),
    );
    await using servers = await openEngineServers(own);
    const limits = { ADDRESS_REQUESTS_PER_SECOND: "1", ADDRESS_BURST_SECONDS: String(BURST) };
    const threads = { INGEST_WORKERS: "1", CONSUMER_WORKERS: "1", LOG_LEVEL: "debug" };
    await using engine = await startEngine({
      env: {
        ...servers.env,
        ...proxies.env,
        ...threads,
        ...limits,
        TRUSTED_PROXIES: "127.0.0.1",
      },
    });
    await using keys = openAccessKeys(servers);
    await untilMigrated(engine);
    await keys.addSite(SITE, {
      origins: [url.slice(0, -1)],
      excludedPaths: ["/admin"],
      excludedNetworks: [EXCLUDED_NETWORK],
    });
    await keys.create("browser", CLOSED_SITE);
    const admin = await keys.create("admin");
    const sent = async (
      { path, method = "GET", headers, body }: Request,
      from: Readonly<Record<string, string>>,
    ) => {
      const answer = await fetch(`${engine.url}${path}`, {
        method,
        headers: { "User-Agent": CHROME, "Content-Type": "text/plain", ...from, ...headers },
        ...(body === undefined ? {} : { body }),
      });
      return { status: answer.status, text: `${await answer.text()} ${text([...answer.headers])}` };
    };
    const refused = beaconOf(text({ site_id: CLOSED_SITE, url }));
    await eventually(async () => expect((await sent(refused, {})).status).toBe(401));

    const answers: string[] = [];
    for (const { text: address } of ADDRESSES) {
      const headers = [
        { "X-Forwarded-For": address },
        { Forwarded: `for="${bracketed(address)}"` },
      ];
      for (const from of headers) {
        for (const [status, request] of REQUESTS) {
          const answer = await sent(request, from);
          expect([request, answer.status]).toEqual([request, status]);
          answers.push(answer.text);
        }
        const debug = { "X-Debug-Request": "1", ...withKey(admin) };
        answers.push((await sent(beaconOf(view, debug), from)).text);
      }
    }
    await servers.redis.xadd(servers.key.stream, "*", "event_id", "no id", "site_id", SITE);
    await untilDrained(servers);
    const from = { "X-Forwarded-For": ADDRESSES[0]?.text ?? "" };
    proxies.redisProxy.mode = "refuse";
    proxies.redisProxy.cut();
    await eventually(async () => expect((await sent(beaconOf(view), from)).status).toBe(503));
    proxies.redisProxy.mode = "pass";
    await eventually(async () => expect((await sent(beaconOf(view), from)).status).toBe(202));
    let status = 0;
    for (let i = 0; i < 2 * BURST && status !== 429; i += 1) {
      ({ status } = await sent(beaconOf("{"), from));
    }
    expect(status).toBe(429);
    await untilDrained(servers);
    await servers.sql`CHECKPOINT`;
    await servers.redis.save();

    const places = [
      ...filesBelow(own.dataDir),
      ...filesBelow(engine.cwd),
      { name: "answers", bytes: Buffer.from(answers.join("\n")) },
      { name: "connections to servers", bytes: Buffer.concat(carried) },
      { name: "log", bytes: Buffer.from(logOf(engine)) },
    ];
    expect(namesWith(places, [Buffer.from(SITE)]).join(" ")).toMatch(
      /\.aof .*connections to servers/s,
    );
    expect(namesWith(places, ADDRESSES.flatMap(formsOf))).toEqual([]);
  },
  SERVERS_START_TIMEOUT_MS,
);

test.each(ADDRESSES)("$text would be found", (address) => {
  const { text: written, bytes } = address;
  const within = (found: string) => [{ name: "it", bytes: Buffer.from(found) }];
  for (const found of [
    `for=${written};`,
    Buffer.from(`{"ip":"${written}"}`).toString("base64"),
    Buffer.from(` {"ip":"${written}"}`).toString("base64"),
    Buffer.from(`  {"ip":"${written}"}`).toString("base64"),
    Buffer.from(written).toString("hex"),
    `\\x${Buffer.from(bytes).toString("hex")}`,
    Buffer.from(bytes).toString("base64"),
  ]) {
    expect([found, namesWith(within(found), formsOf(address))]).toEqual([found, ["it"]]);
  }
});

interface Place {
  readonly name: string;
  readonly bytes: Buffer;
}

function namesWith(places: readonly Place[], forms: readonly Buffer[]): readonly string[] {
  return places
    .filter(({ bytes }) => forms.some((form) => bytes.includes(form)))
    .map(({ name }) => name);
}

function filesBelow(folder: string): readonly Place[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => {
    if (!entry.isFile()) return [];
    const name = join(entry.parentPath, entry.name);
    try {
      return [{ name, bytes: readFileSync(name) }];
    } catch {
      return []; // A server has removed it.
    }
  });
}

function logOf({ output }: Engine): string {
  return [JSON.stringify(output.records), output.errors, ...output.strayLines].join("\n");
}

/** IPv6 as `Forwarded` has it (RFC 7239, 6). */
function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
