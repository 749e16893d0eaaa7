import script from "../../src/tracker/script.min.js" with { type: "text" };
import { testPort } from "./test-port.ts";

export const SITE = "site.example";
export const EVENTS = "events.example";

export interface Beacon {
  readonly event: Readonly<Record<string, unknown>>;
  readonly contentType: string | null;
  readonly query: string;
}

export interface ShownPage {
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A site whose pages load the script from `eventsOrigin`. */
export interface TrackedSite extends AsyncDisposable {
  readonly origin: string;
  readonly eventsOrigin: string;
  /** Shows a page from now on. Others are a 404. */
  readonly show: (path: string, page: ShownPage) => void;
  /** Returns the element that loads the script, with attributes such as `data-hash`. */
  readonly tag: (attributes?: string, scriptPath?: string) => string;
}

export function openTrackedSite(eventsOrigin: string): TrackedSite {
  const pages = new Map<string, ShownPage>();
  const server = Bun.serve({
    port: testPort(),
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/favicon.ico") return new Response(null, { status: 204 });
      const page = pages.get(pathname);
      if (page === undefined) return new Response("none", { status: 404 });
      return new Response(page.html, { headers: { "Content-Type": "text/html", ...page.headers } });
    },
  });
  return {
    origin: `http://${SITE}:${server.port}`,
    eventsOrigin,
    show: (path, page) => void pages.set(path, page),
    tag: (attributes = "", scriptPath = "/script.js") =>
      `<script defer src="${eventsOrigin}${scriptPath}" data-site="${SITE}" ${attributes}></script>`,
    [Symbol.asyncDispose]: async () => await server.stop(true),
  };
}

/** Serves the script as it is built, and records what it sends. */
export interface Collector extends AsyncDisposable {
  readonly origin: string;
  readonly beacons: readonly Beacon[];
  /** Whether events get a 503. */
  isOverloaded: boolean;
}

export function openCollector(): Collector {
  const beacons: Beacon[] = [];
  const cors = { "Access-Control-Allow-Origin": "*" };
  const server = Bun.serve({
    port: testPort(),
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/script.js") {
        return new Response(script, { headers: { "Content-Type": "text/javascript" } });
      }
      if (collector.isOverloaded) return new Response(null, { status: 503, headers: cors });
      beacons.push({
        event: (await request.json()) as Beacon["event"],
        contentType: request.headers.get("content-type"),
        query: search,
      });
      return new Response(null, { status: 202, headers: cors });
    },
  });
  const collector: Collector = {
    origin: `http://${EVENTS}:${server.port}`,
    beacons,
    isOverloaded: false,
    [Symbol.asyncDispose]: async () => await server.stop(true),
  };
  return collector;
}
