import { firstAddress, isAddressList, isHostName, isPrivate } from "../visitor.ts";

export interface ClfHead {
  readonly client: string;
  readonly hasVirtualHost: boolean;
  /** The virtual host, also where lighttpd writes it. */
  readonly host: string | undefined;
}

interface Layout {
  readonly clientAt: 0 | 1;
  readonly identAt: 1 | 2;
}

const CLIENT_FIRST: Layout = { clientAt: 0, identAt: 1 };
const CLIENT_BEFORE_PROXY: Layout = { clientAt: 0, identAt: 2 };
const CLIENT_AFTER_HOST: Layout = { clientAt: 1, identAt: 2 };

/** Apache's `%v:%p`. */
const HOST_AND_PORT = /^(?:\[[\da-fA-F:.]+\]|[\w.-]+):\d{1,5}$/;
const QUOTED = /^"([^"]*)"/;

/** Reads `client ident user`, also after a virtual host, and with forwarded addresses before the proxy's own. */
export function clfHead(head: string): ClfHead | undefined {
  const quoted = QUOTED.exec(head);
  const words = (quoted === null ? head : `${quoted[1]}${head.slice(quoted[0].length)}`)
    .replaceAll(/, +/g, ",")
    .split(" ");
  const { clientAt, identAt } = layoutOf(words, quoted !== null);
  // A word "-" in the user name belongs to another line.
  const user = words.slice(identAt + 1);
  if (user.length > 1 && user.includes("-")) return undefined;
  const client = words[clientAt] ?? "";
  if (client.includes(",") && quoted === null && !isAddressList(client)) return undefined;
  // "-" is a header that was not sent.
  const hasVirtualHost = clientAt === 1 && quoted === null && words[0] !== "-";
  const host = hasVirtualHost ? words[0] : hostAfterClient(words);
  return { client, hasVirtualHost, host: host !== undefined && isHost(host) ? host : undefined };
}

/** Of lighttpd's `client host user`. Other servers write `-` there, unless they ask identd. */
function hostAfterClient([, host, ...others]: readonly string[]): string | undefined {
  return others.length === 1 ? host : undefined;
}

/** A bare word or address may be the start of another line. */
function isHost(word: string): boolean {
  if (HOST_AND_PORT.test(word) || isHostName(word)) return true;
  return word.includes(".") && firstAddress(word) === undefined;
}

function layoutOf(
  [first = "", second = "", ...others]: readonly string[],
  isQuoted: boolean,
): Layout {
  const own = firstAddress(first);
  const address = firstAddress(second);
  if (address !== undefined) {
    if (own === undefined) return CLIENT_AFTER_HOST;
    // Three words are lighttpd's `client host user`, whose host may be an address.
    if (others.length === 1 && !HOST_AND_PORT.test(first)) return CLIENT_FIRST;
    if (isQuoted || first.includes(",")) return CLIENT_BEFORE_PROXY;
    // Two addresses: a public one before a private one was forwarded by it.
    const isForwarded = !HOST_AND_PORT.test(first) && !isPrivate(own) && isPrivate(address);
    return isForwarded ? CLIENT_BEFORE_PROXY : CLIENT_AFTER_HOST;
  }
  if (others.length < 2 || !(HOST_AND_PORT.test(first) || isHostName(first))) return CLIENT_FIRST;
  const isMissing = second === "-" && others[0] === "-";
  return isMissing || (isHostName(second) && own === undefined) ? CLIENT_AFTER_HOST : CLIENT_FIRST;
}
