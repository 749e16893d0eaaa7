import { trackClicks } from "./clicks.ts";
import { isOn, type Properties, type Track, type TrackerOptions } from "./options.ts";
import { createSender } from "./sender.ts";

/** A local file has no host. */
const LOCAL = /(^|\.)localhost$|^127\.|^\[::1]|^$/;
/** What changes the address, or whether somebody looks at the page. */
const CHANGES = "popstate pageshow pagehide visibilitychange focus blur";

interface Page {
  readonly url: string;
  readonly path: string | undefined;
}

/** Counts the page views of the document from now on. Returns a function that sends other events. */
export function startTracker(collectUrl: string, options: TrackerOptions): Track {
  const { site, key, hash, engagement, local } = options;
  const [send, retry] = createSender(collectUrl + (key ? `?key=${key}` : ""));
  const page: Document & { readonly prerendering?: boolean } = document;
  let { referrer } = page;
  let isLeaving = false;
  let viewedPath: string | undefined;
  let viewed: Page | undefined;
  let unsent: Page | undefined;
  let engagedMs = 0;
  /** 0 while nobody looks at the page. */
  let engagedSinceMs = 0;

  for (const name of ["pushState", "replaceState"] as const) {
    const change = history[name];
    history[name] = (...args) => {
      change.apply(history, args);
      view();
    };
  }
  for (const type of CHANGES.split(" ")) addEventListener(type, onChange);
  trackClicks(options, track);
  view();
  sendView();
  return track;

  function onChange({ type }: Event): void {
    const isUnloaded = type === "pagehide";
    isLeaving = isUnloaded || page.hidden;
    if (isLeaving) {
      sendView();
      retry();
    } else view();
    measure(isLeaving);
    isLeaving = false;
    // Shown again, from the cache, it is viewed again.
    if (isUnloaded) viewedPath = undefined;
  }

  function view(): void {
    const next = here();
    const path = next.path ?? location.pathname;
    if (path === viewedPath) return;
    sendView();
    if (viewed) {
      measure(true);
      referrer = viewed.url;
    }
    viewedPath = path;
    viewed = unsent = next;
    // An application sets the title after it has changed the address.
    setTimeout(sendView, 100);
  }

  function sendView(): void {
    if (unsent) sendEvent("page_view", unsent);
    unsent = undefined;
  }

  /** Adds up how long somebody looks at the page, and sends it when that `isOver`. */
  function measure(isOver: boolean): void {
    // Unlike the date, it stands still while the machine sleeps.
    const nowMs = performance.now();
    engagedMs += engagedSinceMs && nowMs - engagedSinceMs;
    engagedSinceMs = !isLeaving && page.hasFocus() ? nowMs : 0;
    if (isOver && isOn(engagement) && engagedMs >= 1) {
      sendEvent("engagement", { ...viewed, engaged_ms: Math.round(engagedMs) });
      engagedMs = 0;
    }
  }

  function track(name: string, properties?: Properties): void {
    sendView();
    sendEvent(name, { ...here(), properties });
  }

  function here(): Page {
    return {
      // Without the option, a hash may hold a secret.
      url: location.href.replace(/#.*/, ""),
      path: isOn(hash) ? location.pathname + location.hash : undefined,
    };
  }

  function sendEvent(event_type: string, fields: object): void {
    if (page.prerendering) {
      page.addEventListener("prerenderingchange", () => sendEvent(event_type, fields));
      return;
    }
    try {
      if ((!isOn(local) && LOCAL.test(location.hostname)) || localStorage["queueflow_ignore"])
        return;
    } catch {
      // A sandboxed frame has no storage.
    }
    void send(
      {
        site_id: site,
        event_type,
        referrer,
        title: page.title,
        screen: `${screen.width}x${screen.height}`,
        // `randomUUID` is missing on pages without HTTPS.
        event_id: crypto.getRandomValues(new Uint32Array(4)).join(),
        ...fields,
      },
      isLeaving,
    );
  }
}
