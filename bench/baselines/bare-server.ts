/**
 * The minimal server of this runtime: parses the body and sends a prepared 202 of the engine's length. One handler for all
 * paths, which is faster on Bun 1.4.5 than a table of routes. Run as `bun bare-server.ts PORT`.
 */
const ANSWER = `{"status":"accepted","event_id":"01a2044d-3213-7311-9191-414219ceba73"}`;
const ACCEPTED = { status: 202, headers: { "Content-Type": "application/json" } };

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(Bun.argv[2]),
  development: false,
  async fetch(request) {
    await request.json();
    return new Response(ANSWER, ACCEPTED);
  },
});
console.log("ready");
