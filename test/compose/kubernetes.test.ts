import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  type Deployment,
  deployments,
  environmentOf,
  KUBERNETES_FOLDER,
} from "../packaging/kubernetes-files.ts";
import { eventually } from "../support/eventually.ts";
import { type Load, startLoad } from "../support/load.ts";
import { ComposeProject } from "./compose-project.ts";
import { checkAllStored, urlOf } from "./container.ts";
import { runName } from "./container-name.ts";
import { docker, tryDocker } from "./docker.ts";

const UP_MS_MAX = 240_000;
const EVENTS = 200;
const PASSWORDS = { REDIS_PASSWORD: "redis-secret", POSTGRES_PASSWORD: "postgres-secret" };
const SERVERS = {
  REDIS_URL: `redis://default:${PASSWORDS.REDIS_PASSWORD}@redis:6379`,
  DATABASE_URL: `postgres://queueflow:${PASSWORDS.POSTGRES_PASSWORD}@postgres/queueflow`,
};

const project = new ComposeProject(PASSWORDS, "kubernetes");
const [ingest, store] = deployments() as [Deployment, Deployment];

/** Starts a container with the environment, the user and the confinement of a deployment's pod; resolves with its name when its readiness probe passes. */
async function startPod(deployment: Deployment, nth: number): Promise<string> {
  const { securityContext: pod, containers } = deployment.spec.template.spec;
  const [{ securityContext, resources, ports = [] }] = containers;
  const name = `${project.name}-${deployment.metadata.name}-${nth}`;
  const environment = { ...environmentOf(deployment), ...SERVERS };
  await docker([
    "create",
    `--name=${name}`,
    `--user=${pod.runAsUser}:${pod.runAsGroup}`,
    `--memory=${resources.limits["memory"]?.replace("i", "")}`,
    ...(securityContext.readOnlyRootFilesystem ? ["--read-only"] : []),
    ...(securityContext.allowPrivilegeEscalation ? [] : ["--security-opt=no-new-privileges"]),
    ...securityContext.capabilities.drop.map((capability) => `--cap-drop=${capability}`),
    ...ports.map(({ containerPort }) => `--publish=127.0.0.1::${containerPort}`),
    ...Object.entries(environment).map(([key, value]) => `--env=${key}=${value}`),
    `${runName()}:engine`,
  ]);
  for (const network of ["redis", "postgres"]) {
    await docker(["network", "connect", `${project.name}_${network}`, name]);
  }
  await docker(["start", name]);
  await eventually(async () => expect(await isReady(deployment, name)).toBe(true), UP_MS_MAX);
  return name;
}

async function isReady(deployment: Deployment, name: string): Promise<boolean> {
  const [{ readinessProbe }] = deployment.spec.template.spec.containers;
  const { httpGet, exec } = readinessProbe;
  if (exec !== undefined) {
    const { exitCode } = await tryDocker(["exec", name, ...exec.command]);
    return exitCode === 0;
  }
  const answer = await fetch(`${await urlOf(name)}${httpGet?.path}`).catch(() => undefined);
  return answer?.ok === true;
}

async function stopPod(name: string): Promise<void> {
  await docker(["stop", "--time", "30", name]);
  expect(await docker(["inspect", "--format", "{{.State.ExitCode}}", name])).toBe("0");
}

describe(`the pods of ${KUBERNETES_FOLDER}`, () => {
  let accepting: string;
  let storing: string;
  let url: string;
  let load: Load;

  beforeAll(async () => {
    await project.run("up", "--detach", "--wait", "redis", "postgres");
    [accepting, storing] = await Promise.all([startPod(ingest, 1), startPod(store, 1)]);
    url = await urlOf(accepting);
    load = startLoad({ url: () => url });
    await load.untilAccepted(EVENTS);
  }, UP_MS_MAX);

  afterAll(async () => {
    await load?.stop();
    const list = ["ps", "--all", "--quiet", "--filter", `name=^/?${project.name}-queueflow`];
    const left = (await docker(list)).split("\n").filter((line) => line !== "");
    if (left.length > 0) await docker(["rm", "--force", ...left]);
    await project.run("down", "--volumes", "--timeout", "0");
  }, 60_000);

  test("store what they accept, confined as they are", async () => {
    await load.untilAccepted(EVENTS);
    const user = await docker(["exec", accepting, "id", "-u"]);
    expect(user).not.toBe("0");
    expect((await tryDocker(["exec", accepting, "touch", "/tmp/file"])).exitCode).not.toBe(0);
  });

  test("are replaced one after the other under load", async () => {
    const next = await startPod(store, 2);
    await stopPod(storing);
    storing = next;
    await load.untilAccepted(EVENTS);
    const other = await startPod(ingest, 2);
    url = await urlOf(other);
    await stopPod(accepting);
    accepting = other;
    await load.untilAccepted(EVENTS);
    await load.stop();
    await checkAllStored(accepting, load);
    await stopPod(accepting);
    await stopPod(storing);
  });
});
