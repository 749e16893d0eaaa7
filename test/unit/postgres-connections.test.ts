import { expect, test } from "bun:test";
import { postgresConnectionsMax } from "../../src/config/postgres-connections.ts";

test.each([
  { ingestWorkers: 1, consumerWorkers: 1, eventsRetentionDays: 0, connections: 7 },
  { ingestWorkers: 1, consumerWorkers: 1, eventsRetentionDays: 30, connections: 8 },
  { ingestWorkers: 4, consumerWorkers: 0, eventsRetentionDays: 0, connections: 15 },
  { ingestWorkers: 64, consumerWorkers: 64, eventsRetentionDays: 1, connections: 260 },
])("counts the connections of %o", ({ connections, ...config }) => {
  expect(postgresConnectionsMax(config)).toBe(connections);
});
