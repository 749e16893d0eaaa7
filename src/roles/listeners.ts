import { addressesOf } from "../api-address.ts";
import type { Certificate } from "../certificate.ts";
import type { ConnectedConfig } from "../config/config.ts";
import { QueueFlowError } from "../errors.ts";
import type { buildApp } from "../http/app.ts";
import { serveApp } from "../http/serve-app.ts";
import type { Log } from "../log/log.ts";

type App = ReturnType<typeof buildApp>;

export interface ListenersOptions {
  readonly config: ConnectedConfig;
  /** Of the API's listener; the other one speaks plain HTTP. */
  readonly certificate?: Certificate | undefined;
  readonly log: Log;
  /** The first thread to listen checks that the ports are free. */
  readonly isFirst: boolean;
}

export interface RunningListeners {
  /** Never throws. */
  readonly renewCertificate: (certificate: Certificate) => void;
  readonly stop: () => Promise<void>;
}

/**
 * Serves the API, and with `OPERATE_PORT` what operators read. Every thread listens on both ports: any of them answers for the
 * whole process.
 *
 * @throws QueueFlowError `port_unavailable`.
 */
export function startListeners(
  { app, buildOperateApp }: { app: App; buildOperateApp: () => App },
  { config, certificate, log, isFirst: probePort }: ListenersOptions,
): RunningListeners {
  const { keepAliveMs, mayShareApiPort: mayShare } = config;
  const addresses = addressesOf(config);
  if (addresses === undefined) throw new QueueFlowError("internal", "A thread without an address");
  const options = { keepAliveMs, probePort, mayShare, log };
  const { api, operate } = addresses;
  const apiServer = serveApp(app, { address: api, certificate, ...options });
  const servers = [apiServer];
  if (operate !== undefined) {
    servers.push(serveApp(buildOperateApp(), { address: operate, ...options }));
  }
  return {
    renewCertificate: apiServer.renew,
    stop: async () => void (await Promise.all(servers.map(async (server) => await server.stop()))),
  };
}
