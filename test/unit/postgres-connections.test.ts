import { expect, test } from "bun:test";
import { postgresConnectionsMax } from "../../src/config/postgres-connections.ts";

test.each([
  {
    ingestWorkers: 1,
    consumerWorkers: 1,
    reportWorkers: 1,
    eventsRetentionDays: 0,
    shards: 1,
    connections: 13,
  },
  {
    ingestWorkers: 1,
    consumerWorkers: 1,
    reportWorkers: 0,
    eventsRetentionDays: 30,
    shards: 1,
    connections: 10,
  },
  {
    ingestWorkers: 4,
    consumerWorkers: 0,
    reportWorkers: 2,
    eventsRetentionDays: 0,
    shards: 1,
    connections: 23,
  },
  {
    ingestWorkers: 64,
    consumerWorkers: 64,
    reportWorkers: 1,
    eventsRetentionDays: 1,
    shards: 1,
    connections: 266,
  },
  {
    ingestWorkers: 1,
    consumerWorkers: 2,
    reportWorkers: 0,
    eventsRetentionDays: 0,
    shards: 4,
    connections: 15,
  },
])("counts the connections of %o", ({ connections, ...config }) => {
  expect(postgresConnectionsMax(config)).toBe(connections);
});
