/** Events of these types count as page views, unless an operator has set others for the site. */
export const DEFAULT_PAGE_VIEW_TYPES: readonly string[] = ["page_view", "pageview"];
