import { resolve } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { addressesOf } from "./api-address.ts";
import { unlessAborted } from "./async/deadline.ts";
import { readCertificate } from "./certificate.ts";
import { type ExternalServers, externalServers } from "./cli/config/external-servers.ts";
import { runCli } from "./cli/run-cli.ts";
import { processShell } from "./cli/shell.ts";
import { StartAnnouncer } from "./cli/start-announcer.ts";
import type { BannerFacts } from "./cli/start-banner.ts";
import { CountryFile } from "./collect/country-file.ts";
import {
  type ConnectedConfig,
  DATA_DIR,
  type EngineConfig,
  environment,
  readConfig,
} from "./config/config.ts";
import { mistypedVariables } from "./config/mistyped-variables.ts";
import {
  type EmbeddedOptions,
  type EmbeddedServers,
  startEmbedded,
} from "./embedded/start-embedded.ts";
import { type ErrorRecord, errorRecord, QueueFlowError } from "./errors.ts";
import type { Log } from "./log/log.ts";
import { openLogFile } from "./log/log-output.ts";
import { openThreadLog } from "./log/thread-log.ts";
import { serverAddress } from "./server-address.ts";
import { onParentGone } from "./supervisor/parent-process.ts";
import { StopSignals } from "./supervisor/stop-signals.ts";
import { Supervisor } from "./supervisor/supervisor.ts";

/** `bun build --compile` finds the entry of the threads only if its URL is computed here. */
const CHILD_ENTRY = new URL("./child.ts", import.meta.url);

const NOTHING_EMBEDDED: EmbeddedServers = {
  stop: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

process.exit(await runCli(Bun.argv.slice(2), { serve }));

/** Ends the process after a stop or a failure that no restart fixes. */
async function serve({ stopWithParent }: { stopWithParent: boolean }): Promise<void> {
  const config = readConfig();
  const certificate = config.tlsFiles && readCertificate(config.tlsFiles);
  if (config.geoipFile !== undefined) await new CountryFile(config.geoipFile).refresh();
  const logFd = openLogFile();
  const log = openThreadLog("supervisor", { level: config.logLevel, logFd });
  warnOfMistyped(log);
  const external = externalServers(processShell());
  logExternal(external, log);
  const stopping = new StopSignals({ passedOnByParent: stopWithParent });
  const { signal } = stopping;
  if (stopWithParent) onParentGone(() => stopping.request());
  const failure = Promise.withResolvers<ErrorRecord>();
  let embedded: EmbeddedServers;
  try {
    embedded = await startServers(config, {
      log,
      signal,
      onFatal: (error) => failure.resolve(errorRecord(error)),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    log.info({}, "Stopped before the servers were ready");
    process.exit(0);
  }
  const announcer = new StartAnnouncer(bannerFacts(config, { embedded, external }), (text) => {
    if (!signal.aborted) process.stderr.write(text);
  });
  const supervisor = new Supervisor({
    config: connectedConfig(config, embedded),
    certificate,
    entry: CHILD_ENTRY,
    log,
    logFd,
    version: packageJson.version,
    onFatal: failure.resolve,
    onServers: (state) => announcer.servers(state),
  });
  // Not awaited: a stop or a failure may come before every thread is ready.
  void announceThreads(supervisor, announcer);
  const error = await unlessAborted(failure.promise, signal).catch(() => undefined);
  if (error === undefined) log.info({}, "Stopping: finishing what is in flight");
  else log.error({ error: error.message }, "The engine cannot go on");
  const outcome = await supervisor.stop();
  await embedded.stop();
  log.info({ outcome }, "Stopped");
  process.exit(error === undefined && outcome === "finished" ? 0 : 1);
}

/** Logs names only: a value may be a secret. */
function warnOfMistyped(log: Log): void {
  const mistyped = mistypedVariables(environment);
  if (mistyped.length === 0) return;
  const meant = Object.fromEntries(mistyped.map(({ name, meant: known }) => [name, known]));
  log.warn({ meant }, "Unknown variables are set that resemble known ones");
}

/** A variable that another program needs may turn an embedded server off. */
function logExternal({ redis, postgres, isPostgresUnnamed }: ExternalServers, log: Log): void {
  if (redis.length > 0) {
    log.info({ variables: redis }, "Using the configured Redis, not an embedded one");
  }
  if (postgres.length === 0) return;
  const fields = { variables: postgres };
  if (isPostgresUnnamed) {
    const remedy = "Set PG_HOST, or unset these variables to use the embedded PostgreSQL";
    const message = "Variables without PG_HOST turn the embedded PostgreSQL off";
    log.warn({ ...fields, remedy }, message);
  } else log.info(fields, "Using the configured PostgreSQL, not an embedded one");
}

async function startServers(
  config: EngineConfig,
  options: Pick<EmbeddedOptions, "log" | "signal" | "onFatal">,
): Promise<EmbeddedServers> {
  const redis = config.redisUrl === undefined;
  const postgres = config.databaseUrl === undefined;
  if (!redis && !postgres) return NOTHING_EMBEDDED;
  const addresses = addressesOf(config);
  return await startEmbedded({
    dataDir: resolve(DATA_DIR),
    redis,
    postgres,
    addresses,
    ...options,
  });
}

function connectedConfig(config: EngineConfig, embedded: EmbeddedServers): ConnectedConfig {
  const redisUrl = config.redisUrl ?? embedded.redisUrl;
  const databaseUrl = config.databaseUrl ?? embedded.databaseUrl;
  if (redisUrl === undefined || databaseUrl === undefined) {
    throw new QueueFlowError("internal", "An embedded server started without a URL");
  }
  const mayShareApiPort = config.redisUrl !== undefined && config.databaseUrl !== undefined;
  return { ...config, redisUrl, databaseUrl, mayShareApiPort };
}

function bannerFacts(
  config: EngineConfig,
  { embedded, external }: { embedded: EmbeddedServers; external: ExternalServers },
): BannerFacts {
  const { redisUrl, databaseUrl } = config;
  return {
    ...config,
    version: packageJson.version,
    addresses: addressesOf(config),
    redis: serverFacts(redisUrl, { variables: external.redis, version: embedded.redisVersion }),
    postgres: serverFacts(databaseUrl, {
      variables: external.postgres,
      version: embedded.postgresVersion,
    }),
  };
}

function serverFacts(
  configuredUrl: string | undefined,
  { variables, version = "" }: { variables: readonly string[]; version: string | undefined },
): string {
  if (configuredUrl === undefined) return `${version}, embedded, data in ${DATA_DIR}/`;
  return `${serverAddress(configuredUrl)}, set by ${variables.join(", ")}`;
}

async function announceThreads(supervisor: Supervisor, announcer: StartAnnouncer): Promise<void> {
  if ((await supervisor.start()) === "ready") announcer.threadsReady();
}
