import { trackClicks } from "./clicks.ts";
import {
  type BeforeSend,
  isOn,
  type Properties,
  type Track,
  type TrackerOptions,
} from "./options.ts";
import { createSender } from "./sender.ts";

/** A local file has no host. */
const LOCAL = /(^|\.)localhost$|^127\.|^\[::1]|^$/;
/** What changes the address, or whether somebody looks at the document. */
const CHANGES = "popstate pageshow visibilitychange focus blur";

declare global {
  interface Document {
    readonly prerendering?: boolean;
  }
}

interface Page {
  readonly url: string | undefined;
  readonly path: string | undefined;
}

/** Counts the page views of the document from now on. Returns a function that sends other events. */
export function startTracker(
  collectUrl: string,
  options: TrackerOptions,
  beforeSend: BeforeSend,
): Track {
  const { site, key, hash, engagement, local } = options;
  const [send, retry] = createSender(collectUrl + (key ? `?key=${key}` : ""));
  let referrer: string | undefined = document.referrer;
  let viewedPath = "";
  let viewed: Page | undefined;
  let unsent: Page | undefined;
  let engagedMs = 0;
  /** 0 while nobody looks at the document. */
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

  function onChange({ persisted }: Partial<PageTransitionEvent>): void {
    // Shown again, from the cache, it is viewed again.
    if (persisted) viewedPath = "";
    view();
    if (document.hidden) {
      sendView();
      retry();
    }
    measure(document.hidden);
  }

  function view(): void {
    const next = here();
    const path = next.path ?? location.pathname;
    // Nobody looks at a page that is prerendered or in another tab.
    if (path === viewedPath || document.hidden) return;
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
    if (unsent) void sendEvent("page_view", unsent);
    unsent = undefined;
  }

  /** Adds up how long somebody looks at the page, and sends it when that `isOver`. */
  function measure(isOver: boolean): void {
    // Unlike the date, it stands still while the machine sleeps.
    const nowMs = Math.round(performance.now());
    if (engagedSinceMs) engagedMs += nowMs - engagedSinceMs;
    engagedSinceMs = !document.hidden && document.hasFocus() ? nowMs : 0;
    if (isOver && isOn(engagement) && engagedMs) {
      void sendEvent("engagement", { ...viewed, engaged_ms: engagedMs });
      engagedMs = 0;
    }
  }

  function track(name: string | undefined, properties?: Properties): void {
    if (document.prerendering) {
      document.addEventListener("prerenderingchange", () => track(name, properties));
    } else if (name) {
      view();
      sendView();
      void sendEvent(name, { ...here(), properties });
    }
  }

  function here(): Page {
    return {
      // Without the option, a hash may hold a secret.
      url: location.href.split("#")[0],
      path: isOn(hash) || !location.hostname ? location.pathname + location.hash : undefined,
    };
  }

  /** Asynchronous, so that an error of `beforeSend` reaches the console and not the page's call of `pushState`. */
  async function sendEvent(event_type: string, fields: object): Promise<void> {
    try {
      if ((!isOn(local) && LOCAL.test(location.hostname)) || localStorage["queueflow_ignore"])
        return;
    } catch {
      // A sandboxed frame has no storage.
    }
    const event = {
      site_id: site,
      event_type,
      referrer,
      title: document.title,
      screen: `${screen.width}x${screen.height}`,
      // `randomUUID` is missing on pages without HTTPS, and some pages seed `random`.
      event_id: `${Date.now()}${performance.now()}${Math.random()}`,
      ...fields,
    };
    if (beforeSend(event) !== false) void send(event);
  }
}
