/** What a thread knows of sessions. */
export interface SessionSource {
  /** Signs sessions. Undefined while it is not known. */
  readonly secret: () => string | undefined;
  readonly isEnded: (sessionId: string) => boolean;
  /** Asks again, for requests of which nothing is known. Never rejects. */
  readonly refresh: () => Promise<void>;
}

/** Takes none: with `ACCESS=open` nobody signs in, and events need a key. */
export const NO_SESSIONS: SessionSource = {
  secret: () => undefined,
  isEnded: () => true,
  refresh: async () => undefined,
};
