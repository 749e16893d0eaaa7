import type { Words } from "./en.ts";

export const de: Words = {
  welcome: {
    title: "Es ist noch kein Ereignis da",
    lead: "Ein einziges Ereignis genügt, und diese Seite zeigt es. Einzurichten ist sonst nichts.",
    send: "Ein Ereignis senden",
    read: "Die Zahlen lesen",
    page: "Oder in die eigenen Seiten einbauen",
    where: "Wie es weitergeht",
    api: "API",
    apiMeaning: "alle Routen, mit einem Formular zum Ausprobieren",
    health: "Zustand",
    healthMeaning: "der Zustand jedes Teils, als JSON",
    metrics: "Metriken",
    metricsMeaning: "für Prometheus",
    commands: "Kommandozeile",
    commandsMeaning: "queueflow status zeigt den Betrieb, queueflow doctor findet Fehler",
    today: "Die heutigen Zahlen der Website, als JSON",
    state: "Zustand",
    version: (version) => `Version ${version}`,
  },
};
