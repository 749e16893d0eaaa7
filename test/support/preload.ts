import { afterAll } from "bun:test";
import { stopTestServers } from "./servers.ts";

// In a preload, this runs once after the last file. When Bun 1.4.5 does not call it (`--bail`, a signal, a crash), the watcher
// of the temporary folder kills the servers.
afterAll(async () => await stopTestServers(), 60_000);
