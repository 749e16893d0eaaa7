import type { Weighted } from "./random.ts";

export type Section = "home" | "product" | "docs" | "blog" | "shop";

export interface DemoPage {
  readonly path: string;
  readonly title: string;
  readonly section: Section;
}

/** The pages of a company that sells software for small shops, each with its share of a section's readers. */
const HOME: Weighted<DemoPage> = [[1, page("home", "/", "Paper Boat")]];

const PRODUCT: Weighted<DemoPage> = [
  [30, page("product", "/pricing", "Pricing")],
  [18, page("product", "/features", "Features")],
  [9, page("product", "/features/invoices", "Invoices")],
  [7, page("product", "/features/inventory", "Inventory")],
  [5, page("product", "/features/time-tracking", "Time tracking")],
  [8, page("product", "/compare/spreadsheets", "Paper Boat or a spreadsheet?")],
  [6, page("product", "/customers", "Customers")],
  [4, page("product", "/customers/harbour-bakery", "Harbour Bakery")],
  [6, page("product", "/about", "About us")],
  [3, page("product", "/security", "Security")],
  [2, page("product", "/careers", "Careers")],
  [2, page("product", "/contact", "Contact")],
];

const DOCS: Weighted<DemoPage> = [
  [16, page("docs", "/docs", "Documentation")],
  [18, page("docs", "/docs/getting-started", "Getting started")],
  [12, page("docs", "/docs/import", "Import your data")],
  [9, page("docs", "/docs/api", "API")],
  [7, page("docs", "/docs/api/invoices", "API: invoices")],
  [5, page("docs", "/docs/api/webhooks", "API: webhooks")],
  [7, page("docs", "/docs/self-hosting", "Self-hosting")],
  [5, page("docs", "/docs/backups", "Backups")],
  [4, page("docs", "/docs/taxes", "Taxes")],
  [4, page("docs", "/docs/teams", "Teams and roles")],
  [3, page("docs", "/docs/keyboard", "Keyboard")],
  [2, page("docs", "/docs/faq", "Questions and answers")],
  [2, page("docs", "/docs/changelog", "Changelog")],
];

const BLOG: Weighted<DemoPage> = [
  [14, page("blog", "/blog", "Blog")],
  [26, page("blog", "/blog/we-left-the-cloud", "We left the cloud")],
  [15, page("blog", "/blog/invoices-people-pay", "Invoices that people pay")],
  [11, page("blog", "/blog/one-database-is-enough", "One database is enough")],
  [9, page("blog", "/blog/pricing-without-tricks", "Pricing without tricks")],
  [8, page("blog", "/blog/year-in-review", "Our year in review")],
  [6, page("blog", "/blog/working-four-days", "Working four days")],
  [5, page("blog", "/blog/how-we-answer-mail", "How we answer mail")],
  [4, page("blog", "/blog/offline-first", "Offline first, honestly")],
  [3, page("blog", "/blog/a-shop-in-a-weekend", "A shop in a weekend")],
  [2, page("blog", "/blog/naming-things", "Naming things")],
];

const SHOP: Weighted<DemoPage> = [
  [1, page("shop", "/signup", "Sign up")],
  [0, page("shop", "/welcome", "Welcome")],
  [0, page("shop", "/checkout", "Checkout")],
  [0, page("shop", "/thanks", "Thank you")],
];

export const PAGES: Readonly<Record<Section, Weighted<DemoPage>>> = {
  home: HOME,
  product: PRODUCT,
  docs: DOCS,
  blog: BLOG,
  shop: SHOP,
};

/** Where readers of a section go next. */
export const NEXT_SECTIONS: Readonly<Record<Section, Weighted<Section>>> = {
  home: [
    [55, "product"],
    [18, "docs"],
    [15, "blog"],
    [12, "shop"],
  ],
  product: [
    [45, "product"],
    [17, "docs"],
    [14, "home"],
    [7, "blog"],
    [17, "shop"],
  ],
  docs: [
    [78, "docs"],
    [11, "product"],
    [6, "home"],
    [5, "blog"],
  ],
  blog: [
    [56, "blog"],
    [22, "home"],
    [18, "product"],
    [4, "docs"],
  ],
  shop: [
    [60, "product"],
    [40, "home"],
  ],
};

/** @throws Error when there is none at the path. */
export function pageAt(path: string): DemoPage {
  for (const [, each] of Object.values(PAGES).flat()) if (each.path === path) return each;
  throw new Error(`Expected the path of a page of the demo, got ${path}`);
}

function page(section: Section, path: string, title: string): DemoPage {
  return { section, path, title };
}
