/** All words of the pages. Other languages have the same keys. */
export const en = {
  welcome: {
    title: "Waiting for the first event",
    lead: "Send one event, and this page shows it. Nothing else has to be set up.",
    send: "Send an event",
    read: "Read the numbers",
    page: "Or put this into your pages",
    where: "Where to go",
    api: "API",
    apiMeaning: "all routes, with a form to try each",
    health: "Health",
    healthMeaning: "the state of each part, as JSON",
    metrics: "Metrics",
    metricsMeaning: "for Prometheus",
    commands: "Command line",
    commandsMeaning: "queueflow status watches the engine, queueflow doctor finds problems",
    today: "Today's numbers of the site, as JSON",
    state: "State",
    version: (version: string) => `Version ${version}`,
  },
};

export type Words = typeof en;
