import { expect, test } from "bun:test";
import { useEngine } from "../support/engine-servers.ts";
import { sendOverOneConnection } from "../support/one-connection.ts";
import { peakResidentBytes, residentBytes } from "../support/resident-memory.ts";

const TIMEOUT_MS = 120_000;
const MIB = 1_024 * 1_024;
/** So large that it does not fill again during a test. */
const BURST = 600;
const CONNECTIONS = 16;
const FLOOD = 96_000;

const file = useEngine({
  INGEST_WORKERS: "1",
  CONSUMER_WORKERS: "1",
  TRUSTED_PROXIES: "127.0.0.1",
  ADDRESS_REQUESTS_PER_SECOND: "1",
  ADDRESS_BURST_SECONDS: String(BURST),
});

/** Returns a request whose body is refused, so that it costs its address a request and nothing else. */
function requestFrom(forwardedFor: string): string {
  return `POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Forwarded-For: ${forwardedFor}\r\nContent-Length: 2\r\n\r\n{}`;
}

/** Returns how many of the requests were limited; `forwardedFor` makes each one's header from its number. */
async function limitedOf(times: number, forwardedFor: (number: number) => string): Promise<number> {
  const request = (number: number) => requestFrom(forwardedFor(number));
  const statuses = await sendOverOneConnection(file.engine.port, { request, times });
  expect(statuses.length).toBe(times);
  expect([...new Set(statuses)].filter((status) => status !== 422 && status !== 429)).toEqual([]);
  return statuses.filter((status) => status === 429).length;
}

function anyAddress(number: number): string {
  const [a, b, c] = [number >> 16, (number >> 8) & 255, number & 255].map((byte) =>
    byte.toString(16),
  );
  return number % 2 === 0
    ? `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
    : `2001:db8:${a}:${b}${c}::1`;
}

test(
  "a client is limited whatever it puts before its address",
  async () => {
    const limited = await limitedOf(BURST + 200, (number) => `${anyAddress(number)}, 192.0.2.1`);
    expect(limited).toBeGreaterThan(0);
    const odd = ["x", "", "192.0.2.999", "unknown", "127.0.0.1", "_hidden", "[::1]:99"];
    const again = await limitedOf(BURST, (number) => `${odd[number % odd.length]}, 192.0.2.1`);
    expect(again).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  "an address has a limit, and not one for each /128 of its /64",
  async () => {
    const limited = await limitedOf(BURST + 200, (number) => `2001:db8::${number.toString(16)}`);
    expect(limited).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test("a header of a thousand proxies names its client", async () => {
  const proxies = Array(1_000).fill("127.0.0.1").join(", ");
  expect(await limitedOf(20, () => `192.0.2.3, ${proxies}`)).toBe(0);
});

test(
  "96,000 addresses are each served, in bounded memory",
  async () => {
    expect(await limitedOf(BURST + 200, () => "192.0.2.2")).toBeGreaterThan(0);
    const before = residentBytes(file.engine.pid);
    const share = FLOOD / CONNECTIONS;
    const flood = Promise.all(
      Array.from({ length: CONNECTIONS }, (_, connection) =>
        limitedOf(share, (number) => anyAddress(connection * share + number)),
      ),
    );
    const peak = await peakResidentBytes(file.engine.pid, flood);
    expect(await flood).toEqual(Array(CONNECTIONS).fill(0));
    expect(peak - before).toBeLessThan(150 * MIB);
    // The flood has not made it forget one that had used up its burst.
    expect(await limitedOf(BURST, () => "192.0.2.2")).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
