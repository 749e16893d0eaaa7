import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { HAPROXY, NGINX } from "../support/front-programs.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { testPort } from "../support/test-port.ts";

/** A proxy in front of an engine, which answers `/events` itself, so that only a hidden request for it reaches the engine. */
export interface FrontProxy extends AsyncDisposable {
  readonly port: number;
}

export interface FrontProgram {
  readonly name: string;
  /** Undefined when it is not installed. */
  readonly path: string | undefined;
  readonly start: (path: string, enginePort: number) => Promise<FrontProxy>;
}

const NGINX_LOCATIONS = `
    location = /events { return 403; }
    location / { proxy_pass http://engine; }`;

export const NGINX_PATH = pathOf(NGINX.names);

/** Both send the requests of all clients over few connections. */
export const FRONT_PROGRAMS: readonly FrontProgram[] = [
  { name: "nginx", path: NGINX_PATH, start: startNginx },
  { name: "HAProxy", path: pathOf(HAPROXY.names), start: startHaproxy },
];

function pathOf(names: readonly string[]): string | undefined {
  // Not on the PATH of everybody.
  const find = (name: string) => Bun.which(name) ?? Bun.which(name, { PATH: "/usr/sbin" });
  return names.map(find).find((path) => path !== null) ?? undefined;
}

/** Passes on the Host header. `locations` may name the upstream `engine`. */
export async function startNginx(
  path: string,
  enginePort: number,
  locations = NGINX_LOCATIONS,
): Promise<FrontProxy> {
  const folder = temporaryFolder("nginx");
  const port = testPort();
  const file = join(folder, "nginx.conf");
  mkdirSync(join(folder, "temp"));
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/temp/${kind};`)
    .join("\n");
  writeFileSync(
    file,
    `daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  ${temps}
  upstream engine { server 127.0.0.1:${enginePort}; keepalive 2; }
  server {
    listen 127.0.0.1:${port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_request_buffering off;
    ${locations}
  }
}
`,
  );
  return await startProxy([path, "-p", folder, "-e", `${folder}/error.log`, "-c", file], port);
}

async function startHaproxy(path: string, enginePort: number): Promise<FrontProxy> {
  const folder = temporaryFolder("haproxy");
  const port = testPort();
  const file = join(folder, "haproxy.cfg");
  writeFileSync(
    file,
    `global
  maxconn 4096
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend public
  bind 127.0.0.1:${port}
  http-request deny deny_status 403 if { path /events }
  default_backend engine
backend engine
  server engine 127.0.0.1:${enginePort} pool-max-conn 2
`,
  );
  return await startProxy([path, "-db", "-f", file], port);
}

async function startProxy(command: readonly string[], port: number): Promise<FrontProxy> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "ignore", "pipe"] });
  const errors = new Response(child.stderr).text();
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`${command[0]} exited: ${await errors}`);
    await reach(port);
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function reach(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(port, "127.0.0.1").on("connect", resolve).on("error", reject);
  await promise;
  socket.destroy();
}
