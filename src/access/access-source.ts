import { type Access, OPEN } from "./rules.ts";

/** What a thread knows of sites and keys, and what it notes of their use. */
export interface AccessSource {
  readonly current: () => Access;
  /** Asks again, for requests that would else be refused because nothing is known. */
  readonly refresh: () => Promise<Access>;
  readonly noteUse: (keyId: string) => void;
  /** `agent` is the client's `User-Agent`. */
  readonly noteKeyless: (siteId: string, agent: string | null) => void;
}

/** With `ACCESS=open` nothing is asked or noted. */
export const OPEN_ACCESS: AccessSource = {
  current: () => OPEN,
  refresh: async () => OPEN,
  noteUse: () => undefined,
  noteKeyless: () => undefined,
};
