/** Also without a host, as of a request whose `Host` is absent or invalid. A trailing slash leads to the same route. */
const EVENT_TARGET = /^(?:[a-z]+:\/\/[^/?#]*)?\/events?\/?(?:\?|$)/;

/** Whether the request is for a route that takes events, whose responses pages of other sites may read. Errs on the strict side. */
export function isEventTarget({ url }: Request): boolean {
  return EVENT_TARGET.test(url);
}
