import { isOn, type Track, type TrackerOptions } from "./options.ts";

const FILE = /\.(7z|csv|dmg|docx?|exe|gz|mov|mp[34]|pdf|pptx?|rar|txt|xlsx?|zip)$/i;

/** Tracks clicks on elements that name an event, and by option on links. */
export function trackClicks({ outbound, downloads }: TrackerOptions, track: Track): void {
  const { documentElement: root } = document;
  root.addEventListener("click", onClick, true);
  root.addEventListener("auxclick", onClick, true);

  function onClick({ target: clicked, button }: MouseEvent): void {
    // The middle button opens a link too, the right one does not.
    if (button > 1) return;
    // Inside of the root.
    const target = clicked as Element;
    const element = target.closest("[data-queueflow-event]");
    if (element) {
      const properties: Record<string, string> = {};
      for (const { name, value } of element.attributes) {
        const [, property] = name.split("data-queueflow-prop-");
        if (property) properties[property] = value;
      }
      track(element.getAttribute("data-queueflow-event") as string, properties);
    }
    const link = target.closest<HTMLAnchorElement>("a[href],area[href]");
    // Not of SVG, nor `mailto:`.
    if (!link?.hostname) return;
    if (isOn(downloads) && (link.hasAttribute("download") || FILE.test(link.pathname))) {
      track("file_download", { url: link.href });
    } else if (isOn(outbound) && link.hostname !== location.hostname)
      track("outbound_click", { url: link.href });
  }
}
