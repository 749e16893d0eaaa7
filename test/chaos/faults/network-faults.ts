import type { World } from "../world.ts";
import { A_WHILE, type FaultKind, MOMENT } from "./fault-kind.ts";

const NETWORKS = [
  { target: "redis network", proxyOf: ({ redisProxy }: World) => redisProxy },
  { target: "postgres network", proxyOf: ({ postgresProxy }: World) => postgresProxy },
] as const;

const MODES = [
  { name: "connections are refused", mode: "refuse" },
  { name: "replies are lost", mode: "swallow replies" },
  { name: "all bytes are lost", mode: "swallow all" },
] as const;

/** Faults of the connections between the engines and their servers. */
export const NETWORK_FAULTS: readonly FaultKind[] = NETWORKS.flatMap(({ target, proxyOf }) => [
  {
    name: `${target}: all connections are cut`,
    target,
    weight: 3,
    lastsMs: MOMENT,
    begin: async (world: World) => {
      proxyOf(world).cut();
      return undefined;
    },
  },
  {
    name: `${target}: all connections become half-open`,
    target,
    weight: 2,
    lastsMs: MOMENT,
    begin: async (world: World) => {
      proxyOf(world).abandon();
      return undefined;
    },
  },
  ...MODES.map(({ name, mode }) => ({
    name: `${target}: ${name}`,
    target,
    weight: 1,
    lastsMs: A_WHILE,
    begin: async (world: World) => {
      const proxy = proxyOf(world);
      proxy.mode = mode;
      if (mode === "refuse") proxy.cut();
      return async () => {
        proxy.mode = "pass";
        // These connections have lost bytes.
        proxy.cut();
      };
    },
  })),
  ...[5, 50, 300, 1_500].map((delayMs) => ({
    name: `${target}: all bytes are delayed by ${delayMs} ms`,
    target,
    weight: 0.5,
    lastsMs: A_WHILE,
    begin: async (world: World) => {
      proxyOf(world).delayMs = delayMs;
      return async () => {
        proxyOf(world).delayMs = 0;
      };
    },
  })),
]);
