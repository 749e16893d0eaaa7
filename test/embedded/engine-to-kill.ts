import { startBoth } from "./fixtures.ts";

// A process of its own for a test to kill: starts both servers, says where they are, and stays.
const servers = await startBoth(process.argv[2] ?? "");
console.log(JSON.stringify({ redisUrl: servers.redisUrl, databaseUrl: servers.databaseUrl }));
