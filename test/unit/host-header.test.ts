import { expect, test } from "bun:test";
import { isForeignHost } from "../../src/http/host-header.ts";

const CHECKED = { isChecked: true, allowed: new Set(["stats.example"]) };

function isForeign(host: string, path = "/stats"): boolean {
  return isForeignHost(
    new Request(`http://127.0.0.1${path}`, { headers: { Host: host } }),
    CHECKED,
  );
}

test.each(["localhost", "localhost:80", "a.b.LocalHost.", "127.0.0.1:3000", "10.0.0.1", "[::1]:1"])(
  "takes %s for a name of its own",
  (host) => expect(isForeign(host)).toBeFalse(),
);

test.each(["stats.example", "STATS.example.:8080"])("allows %s", (host) => {
  expect(isForeign(host)).toBeFalse();
});

test.each(["evil.example", "xlocalhost", "localhost.evil.example", "127.0.0.1.nip.io", "a", "1"])(
  "takes %s for the name of another",
  (host) => expect(isForeign(host)).toBeTrue(),
);

test("leaves a balancer's checks alone", () => {
  const paths = ["/health/live", "/health/ready?a", "/health/live/", "/health", "/health/livex"];
  expect(paths.filter((path) => isForeign("balancer", path))).toEqual(paths.slice(3));
});
