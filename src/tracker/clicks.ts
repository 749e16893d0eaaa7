import { isOn, type Track, type TrackerOptions } from "./options.ts";

const FILE = /\.(7z|csv|dmg|docx?|exe|gz|mov|mp[34]|pdf|pptx?|rar|txt|xlsx?|zip)$/i;

/** Tracks clicks on elements that name an event, and by option on links. */
export function trackClicks({ outbound, downloads }: TrackerOptions, track: Track): void {
  addEventListener("click", onClick, true);
  addEventListener("auxclick", onClick, true);

  function onClick(event: MouseEvent): void {
    // The middle button opens a link too, the right one does not.
    if (event.button > 1) return;
    // An event of the document itself has no element.
    const target = event.target as Partial<Element>;
    const element = target.closest?.<HTMLElement>("[data-queueflow-event]");
    if (element) {
      const properties: Record<string, string> = {};
      for (const { name, value } of element.attributes) {
        const [, property] = name.split("data-queueflow-prop-");
        if (property) properties[property] = value;
      }
      track(element.dataset["queueflowEvent"], properties);
    }
    const link = target.closest?.<HTMLAnchorElement>(":any-link");
    // Not of SVG, nor `mailto:`.
    if (!link?.hostname) return;
    if (isOn(downloads) && (link.hasAttribute("download") || FILE.test(link.pathname))) {
      track("file_download", { url: link.href });
    } else if (isOn(outbound) && link.hostname !== location.hostname)
      track("outbound_click", { url: link.href });
  }
}
