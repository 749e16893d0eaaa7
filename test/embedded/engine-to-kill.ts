import { startBoth } from "./fixtures.ts";

// A process for a test to kill: starts both servers, prints their URLs, and keeps running.
const servers = await startBoth(process.argv[2] ?? "");
console.log(JSON.stringify({ redisUrl: servers.redisUrl, databaseUrl: servers.databaseUrl }));
