/** What nginx logs for a client that has left. */
export const CLIENT_LEFT = 499;
