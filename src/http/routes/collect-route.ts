import { Elysia } from "elysia";
import { acceptEvents, type EventRequest } from "../../accept/accept-events.ts";
import { previewEvent } from "../../accept/preview-event.ts";
import { BODY_BYTES_MAX } from "../../event/limits.ts";
import type { Path } from "../../paths.ts";
import { collect } from "../../protocols/collect.ts";
import type { Reply } from "../../protocols/protocol.ts";
import { admitSender } from "../access/admit-sender.ts";
import { identifySender, knownAccess } from "../access/identify.ts";
import { keyInQuery } from "../access/presented-key.ts";
import { mediaOf } from "../body/media-type.ts";
import { readBody } from "../body/read-body.ts";
import type { ClientAddresses } from "../client-address.ts";
import { beaconOfQuery } from "../collect/beacon-of-query.ts";
import { type BrowserParts, browserFacts } from "../collect/browser-facts.ts";
import { debugResponse, isDebugRequest } from "../collect/debug-response.ts";
import { pixelResponse } from "../collect/pixel.ts";
import { preflightResponse } from "../cors.ts";
import { counted } from "../counted.ts";
import { eventResponse } from "../event-response.ts";
import { describeBeacon, describePixel } from "../openapi/describe-collect.ts";
import { nameOf, type PathNames } from "../path-names.ts";
import { refusedReply, replyToEvents } from "../reply-to-events.ts";
import type { EventParts } from "./event-route.ts";

/** What `sendBeacon` sends: a string is text, and bytes have no type. None of them needs a preflight. */
const KINDS: ReadonlyMap<string, null> = new Map([
  ["text/plain;charset=UTF-8", null],
  ["text/plain", null],
  ["application/json", null],
  ["text/json", null],
  ["", null],
]);
const NO_CODINGS: readonly string[] = [];
const POST_PATH: Path = "/collect";
const PIXEL_PATH: Path = "/collect.gif";

export interface CollectParts extends EventParts, BrowserParts {
  readonly access: EventParts["access"];
  readonly pathNames: PathNames;
}

type ReadBody = EventRequest["readBody"];

export function collectRoutes(parts: CollectParts) {
  const { metrics, pathNames } = parts;
  const path = nameOf(POST_PATH, pathNames);
  return new Elysia()
    .options(
      path,
      async ({ request }) => await counted(metrics, POST_PATH, () => preflightResponse(request)),
      { detail: { hide: true } },
    )
    .post(path, ({ request }) => postBeacon(request, parts), {
      parse: "none",
      detail: describeBeacon(),
    })
    .get(nameOf(PIXEL_PATH, pathNames), ({ request }) => getPixel(request, parts), {
      detail: describePixel(),
    });
}

async function postBeacon(request: Request, parts: CollectParts): Promise<Response> {
  if (isDebugRequest(request)) {
    return await counted(parts.metrics, POST_PATH, () => debugBeacon(request, parts));
  }
  const startedAtMs = performance.now();
  const reply = await replyTo(request, () => beaconBody(request), parts);
  parts.metrics.answered(POST_PATH, reply.status, startedAtMs);
  return eventResponse(request, reply);
}

async function getPixel(request: Request, parts: CollectParts): Promise<Response> {
  const startedAtMs = performance.now();
  const reply = await replyTo(request, async () => pixelBody(request), parts);
  const response = await pixelResponse(request, reply);
  parts.metrics.answered(PIXEL_PATH, response.status, startedAtMs);
  return response;
}

function replyTo(request: Request, read: ReadBody, parts: CollectParts): Promise<Reply> {
  return replyToEvents((access) => {
    const browser = browserOf(request, parts);
    const admitted = admitSender(request, { access, use: "collects" }, browser.parts);
    const sent = { protocol: collect(browser.facts()), readBody: read, ...admitted };
    return request.method === "HEAD" ? previewReply(sent, parts) : acceptEvents(sent, parts);
  }, parts);
}

async function previewReply(sent: EventRequest, parts: CollectParts): Promise<Reply> {
  try {
    const seen = await previewEvent(sent, parts);
    return { status: 202, body: "", ...(seen.kind === "dropped" ? { dropped: seen.reason } : {}) };
  } catch (thrown) {
    return refusedReply(thrown, parts);
  }
}

async function debugBeacon(request: Request, parts: CollectParts): Promise<Response> {
  const browser = browserOf(request, parts);
  const readEvent = async () => {
    const access = await knownAccess(parts.access);
    const question = {
      access,
      use: "collects",
      keyOf: ({ url }: Request) => keyInQuery(url),
    } as const;
    const sender = identifySender(request, question, browser.parts);
    return { protocol: collect(browser.facts()), readBody: () => beaconBody(request), sender };
  };
  return await debugResponse(request, { readEvent, parts: browser.parts });
}

/** Finds out the client's address once. */
function browserOf(request: Request, parts: CollectParts) {
  const { access, limits, keptQuery, addresses } = parts;
  const address = addresses.senderOf(request);
  const isProxied = () => addresses.isProxied(request);
  const known: ClientAddresses = { senderOf: () => address, isProxied };
  return {
    parts: { access, limits, keptQuery, addresses: known },
    facts: () => browserFacts({ headers: request.headers, address, isProxied }, parts),
  };
}

function beaconBody(request: Request): Promise<Uint8Array> {
  mediaOf(request.headers, { kinds: KINDS, codings: NO_CODINGS });
  return readBody(request, BODY_BYTES_MAX);
}

function pixelBody(request: Request): Uint8Array {
  return Buffer.from(JSON.stringify(beaconOfQuery(request)));
}
