import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BATCH_BYTES_MAX } from "../../src/event/limits.ts";
import { projectFile } from "../packaging/project-files.ts";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { testPort } from "../support/test-port.ts";
import { TLS } from "../support/tls-files.ts";

const running = useEngine({
  API_HOST: "127.0.0.1",
  TRUSTED_PROXIES: "127.0.0.1",
  OPERATE_PORT: String(testPort()),
});
const NAME = "stats.example.com";

/** The configuration that the runbook shows, for this test's engine, port and certificate. */
function recipe(language: string, changes: readonly (readonly [string, string])[]): string {
  const fence = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``);
  const text = fence.exec(projectFile("docs/operating.md"))?.[1] ?? "";
  const all = [["127.0.0.1:3000", `127.0.0.1:${running.engine.port}`] as const, ...changes];
  for (const [shown] of all) expect(text).toContain(shown);
  return all.reduce((changed, [shown, own]) => changed.replaceAll(shown, own), text);
}

function caddy(port: number, folder: string): readonly string[] {
  const text = recipe("caddyfile", [
    [`${NAME} {`, `https://${NAME}:${port} {\n\tbind 127.0.0.1\n\ttls ${TLS.cert} ${TLS.key}`],
  ]);
  const file = join(folder, "Caddyfile");
  writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n}\n${text}`);
  return ["run", "--config", file, "--adapter", "caddyfile"];
}

function nginx(port: number, folder: string): readonly string[] {
  const live = `/etc/letsencrypt/live/${NAME}`;
  const text = recipe("nginx", [
    ["listen 443 ssl", `listen 127.0.0.1:${port} ssl`],
    [`${live}/fullchain.pem`, TLS.cert],
    [`${live}/privkey.pem`, TLS.key],
  ]);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  const file = join(folder, "nginx.conf");
  const main = `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}`;
  writeFileSync(file, `${main}\nhttp {\naccess_log off;\n${paths}\n${text}}\n`);
  return ["-c", file, "-p", folder];
}

/** About as large as a batch may be. */
function largeBatch(): { body: string; events: number } {
  const line = JSON.stringify(sampleBody({ event_id: undefined, path: `/${"x".repeat(400)}` }));
  const events = Math.floor(BATCH_BYTES_MAX / (line.length + 1));
  return { body: `${line}\n`.repeat(events), events };
}

describe.each([
  ["caddy", caddy],
  ["nginx", nginx],
] as const)("the recipe for %s", (program, configure) => {
  const path = Bun.which(program) ?? Bun.which(program, { PATH: "/usr/sbin" });
  if (path === null) console.log(`SKIPPED: the recipe for ${program}, which is not installed`);
  const port = testPort();
  let proxy: Bun.Subprocess | undefined;

  /** As a client whose name server knows the proxy. */
  async function ask(target: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(`https://127.0.0.1:${port}${target}`, {
      ...init,
      headers: { Host: NAME, ...(init.headers as Record<string, string> | undefined) },
      tls: { rejectUnauthorized: false, serverName: NAME },
    });
  }

  beforeAll(async () => {
    if (path === null) return;
    const folder = temporaryFolder("proxy");
    proxy = Bun.spawn([path, ...configure(port, folder)], {
      env: { HOME: folder },
      stdio: ["ignore", "ignore", "ignore"],
    });
    await eventually(async () => expect((await ask("/health/live")).status).toBe(200));
  });
  afterAll(async () => {
    proxy?.kill();
    await proxy?.exited;
  });

  test.skipIf(path === null)("passes on events and reads", async () => {
    const headers = { "Content-Type": "application/json" };
    for (let i = 0; i < 3; i += 1) {
      const event = { method: "POST", headers, body: JSON.stringify(sampleBody()) };
      expect((await ask("/event", event)).status).toBe(202);
    }
    expect((await ask("/stats?site_id=example.com")).status).toBe(200);
  });

  test.skipIf(path === null)("passes on the largest batch", async () => {
    const { body, events } = largeBatch();
    const headers = { "Content-Type": "application/x-ndjson" };
    const response = await ask("/events", { method: "POST", headers, body });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ accepted: events, refused: 0 });
  });

  test.skipIf(path === null)("tells the engine the name and scheme", async () => {
    const page = await ask("/", { headers: { Accept: "text/html" } });
    expect(await page.text()).toContain(`https://${NAME}`);
  });

  test.skipIf(path === null).each(["/metrics", "/health", "/swagger", "/swagger/json"])(
    "does not expose %s",
    async (target) => expect((await ask(target)).status).toBe(404),
  );
});
