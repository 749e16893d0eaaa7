import { expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { spawnEngine, startEngine } from "../support/engine.ts";
import { openEngineServers, untilMigrated } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { RENEWED, TLS } from "../support/tls-files.ts";

const EVENT = JSON.stringify(sampleBody());
const POST = `POST /event HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${EVENT.length}\r\n\r\n${EVENT}`;

/** Resolves when the handshake is done. */
async function openConnection(port: number): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, resolve);
  socket.once("error", reject);
  await promise;
  return socket;
}

/** Returns the response to a POST over an open connection. */
async function post(socket: TLSSocket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
    if (text.includes('"event_id"')) resolve(text);
  });
  socket.once("close", () => reject(new Error(`Closed after: ${text}`)));
  socket.write(POST);
  return await promise;
}

/** Returns the status and body of a request without a body. */
async function answerTo(port: number, request: string, host: string): Promise<string> {
  const socket = await openConnection(port);
  const { promise, resolve } = Promise.withResolvers<void>();
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  socket.once("close", () => resolve());
  socket.write(`${request} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  await promise;
  return `${text.slice(9, 12)} ${text.slice(text.indexOf("\r\n\r\n") + 4)}`;
}

async function subjectOf(port: number): Promise<string> {
  const socket = await openConnection(port);
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

test(
  "takes a renewed certificate without a restart",
  async () => {
    const folder = temporaryFolder("https");
    const [cert, key] = [join(folder, "tls.crt"), join(folder, "tls.key")];
    const put = (files: { cert: string; key: string }) => {
      copyFileSync(files.cert, cert);
      copyFileSync(files.key, key);
    };
    put(TLS);
    await using servers = await openEngineServers();
    const env = {
      ...servers.env,
      TLS_CERT_FILE: cert,
      TLS_KEY_FILE: key,
      INGEST_WORKERS: "2",
    };
    await using engine = await startEngine({ env });
    await untilMigrated(engine);
    const { port } = engine;
    expect(engine.output.errors).toContain(`https://localhost:${port}`);
    expect(engine.output.errors).toContain("curl -k -X POST");
    const ca = Bun.file(TLS.ca);
    const verified = await fetch(`https://localhost:${port}/health/live`, { tls: { ca } });
    expect(verified.status).toBe(200);
    const shell = { env: { ...env, API_PORT: String(port) } };
    expect((await runQueueflow(["health"], shell)).stdout).toBe("ready\n");
    expect((await runQueueflow(["status"], shell)).stdout).toContain(`https://127.0.0.1:${port}`);

    const former = await subjectOf(port);
    const open = await openConnection(port);
    expect(await post(open)).toStartWith("HTTP/1.1 202");
    put(RENEWED);
    await engine.output.record(({ msg }) => msg === "Renewed TLS certificate taken");
    // Until the thread has taken it, and then once more.
    await eventually(async () => {
      expect(await post(open)).toMatch(/^HTTP\/1.1 202[^]*^Connection: close/im);
    });
    await eventually(async () => {
      for (let i = 0; i < 20; i += 1) expect(await subjectOf(port)).toBe("renewed");
    });
    expect(former).not.toBe("renewed");
    expect(await engine.stop()).toBe(0);
  },
  SERVERS_START_TIMEOUT_MS,
);

test(
  "no host is taken for a part of the path",
  async () => {
    await using servers = await openEngineServers();
    const tls = { TLS_CERT_FILE: TLS.cert, TLS_KEY_FILE: TLS.key, API_HOST: "0.0.0.0" };
    await using engine = await startEngine({ env: { ...servers.env, ...tls } });
    for (const [request, host, status] of [
      ["GET /json", "swagger", 404],
      ["GET /ready", "health", 404],
      ["POST /revoke", "keys", 404],
      ["GET /b/health/live", "a", 404],
      ["GET /b/health/live", "abc", 404],
      ["GET /health/live", "a", 200],
      ["GET /health/live/", "localhost", 200],
      ["GET /metrics?a", "localhost", 422],
      ["GET /swagger/swagger-ui.css", "localhost", 200],
      ["HEAD /swagger/json", "localhost", 200],
      ["POST /stats", "localhost", 405],
      ["GET /events/", "localhost", 405],
      ["OPTIONS /event/", "localhost", 204],
      ["GET /no-such", "localhost", 404],
    ] as const) {
      const answer = await answerTo(engine.port, request, host);
      expect([request, host, Number(answer.slice(0, 3))]).toEqual([request, host, status]);
    }
  },
  SERVERS_START_TIMEOUT_MS,
);

test("a wrong certificate is a clear error", async () => {
  const env = { TLS_CERT_FILE: TLS.cert, TLS_KEY_FILE: RENEWED.key };
  await using engine = spawnEngine({ env });
  await engine.output.ended;
  expect(await engine.exited).toBe(2);
  expect(engine.output.errors).toBe(
    `queueflow: Expected TLS_KEY_FILE to be the key of TLS_CERT_FILE, got that of another in ${RENEWED.key}\n`,
  );
});
