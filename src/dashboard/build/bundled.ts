import { builtDashboard } from "./built.macro.ts" with { type: "macro" };

/** What a bundle of the engine contains. From source, loading this would block the thread while it builds. */
export const BUNDLED = builtDashboard();
