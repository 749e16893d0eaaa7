import { afterAll } from "bun:test";
import { stopTestServers } from "./servers.ts";

// Registered in a preload it runs once, after the last file, whether tests passed or failed. Where
// Bun 1.4.5 does not come here (`--bail`, a signal, a crash) the folder's watcher ends the servers.
afterAll(async () => await stopTestServers(), 60_000);
