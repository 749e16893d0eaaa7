/** What the demo's site names for its reports, as `goals set` takes it. */
export const DEMO_GOALS: readonly Readonly<Record<string, unknown>>[] = [
  { name: "Sign up", filters: [["is", "event:name", ["signup"]]] },
  {
    name: "Purchase",
    filters: [["is", "event:name", ["purchase"]]],
    revenue: { property: "amount", currency_property: "currency" },
  },
  { name: "Newsletter", filters: [["is", "event:name", ["newsletter_signup"]]] },
  { name: "Read the docs", filters: [["matches_glob", "event:page", ["/docs/**"]]] },
  { name: "See the prices", filters: [["is", "event:page", ["/pricing"]]] },
];
