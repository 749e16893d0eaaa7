import { randomUUID } from "node:crypto";
import express from "express";
import { Redis } from "ioredis";

/**
 * The usual way to write this, written well: Express and ioredis on Node, one awaited XADD per request. Keep-alive, no ETag,
 * no `X-Powered-By`, NODE_ENV=production in the environment; checks that the fields are strings. Run as
 * `node express-server.js PORT REDIS_URL STREAM`.
 */
const [port = "", redisUrl = "", stream = ""] = process.argv.slice(2);
const redis = new Redis(redisUrl);
const app = express();
app.disable("x-powered-by");
app.disable("etag");

app.post("/event", express.json({ limit: "64kb" }), async (request, response) => {
  const { site_id, event_type, path, user_id, timestamp } = request.body;
  const values = [site_id, event_type, path, user_id, timestamp];
  if (!values.every((value) => typeof value === "string")) {
    response.status(422).json({ error: "invalid_field" });
    return;
  }
  const eventId = randomUUID();
  await redis.xadd(
    stream,
    "*",
    "event_id",
    eventId,
    "site_id",
    site_id,
    "event_type",
    event_type,
    "path",
    path,
    "user_id",
    user_id,
    "timestamp",
    timestamp,
  );
  response.status(202).json({ status: "accepted", event_id: eventId });
});

const server = app.listen(Number(port), "127.0.0.1", () => console.log("ready"));
server.keepAliveTimeout = 60_000;
