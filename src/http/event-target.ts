import { EVENT_PATHS } from "../paths.ts";
import { nameOf, type PathNames } from "./path-names.ts";

/** Also without a host, as of a request whose `Host` is absent or invalid. */
const ORIGIN = "(?:[a-z]+:\\/\\/[^/?#]*)?";

/**
 * Returns a function that tells whether a request is for a route that takes events, whose responses pages of other sites may read. Errs
 * on the strict side. A trailing slash leads to the same route.
 */
export function eventTargets(names: PathNames): (request: Request) => boolean {
  const paths = EVENT_PATHS.map((path) => RegExp.escape(nameOf(path, names)));
  const target = new RegExp(`^${ORIGIN}(?:${paths.join("|")})\\/?(?:\\?|$)`);
  return ({ url }) => target.test(url);
}
