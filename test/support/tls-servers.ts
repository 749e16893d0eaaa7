import { chmodSync, chownSync, copyFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { eventually } from "./eventually.ts";
import { testPort } from "./test-port.ts";
import { connected } from "./test-stream.ts";
import { TLS } from "./tls-files.ts";

/** Lets a running Redis listen for TLS on a second port. Returns the `rediss://` URL. */
export async function enableRedisTls(redisUrl: string): Promise<string> {
  const redis = await connected(redisUrl);
  const port = testPort();
  await redis.config("SET", "tls-auth-clients", "no");
  const files = ["tls-cert-file", TLS.cert, "tls-key-file", TLS.key, "tls-ca-cert-file", TLS.ca];
  await redis.call("CONFIG", ["SET", ...files, "tls-port", port]);
  redis.disconnect();
  const url = new URL(redisUrl.replace("redis:", "rediss:"));
  url.hostname = "localhost";
  url.port = String(port);
  return url.href;
}

/** Makes a running PostgreSQL refuse connections without TLS. Returns its URL, without TLS parameters. */
export async function requirePostgresTls(databaseUrl: string): Promise<string> {
  const sql = postgres(databaseUrl, { max: 1 });
  // An embedded server knows its data directory as its working directory only.
  const [row] = await sql`SELECT pg_backend_pid() AS pid`;
  const folder = realpathSync(`/proc/${String(row?.["pid"])}/cwd`);
  const { uid, gid } = statSync(folder);
  copyFileSync(TLS.cert, join(folder, "server.crt"));
  copyFileSync(TLS.key, join(folder, "server.key"));
  chmodSync(join(folder, "server.key"), 0o600);
  for (const name of ["server.crt", "server.key"]) chownSync(join(folder, name), uid, gid);
  writeFileSync(join(folder, "pg_hba.conf"), "hostssl all all all scram-sha-256\n");
  await sql`ALTER SYSTEM SET ssl = on`;
  await sql`SELECT pg_reload_conf()`;
  await sql.end({ timeout: 1 });
  const url = new URL(databaseUrl);
  url.hostname = "localhost";
  // The reload is asynchronous.
  await eventually(async () => {
    const probe = postgres(url.href, { max: 1, ssl: "require" });
    try {
      await probe`SELECT 1`;
    } finally {
      await probe.end({ timeout: 1 });
    }
  });
  return url.href;
}
