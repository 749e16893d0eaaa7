import {
  chownSync,
  existsSync,
  mkdtempSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QueueFlowError } from "../errors.ts";
import type { Account } from "./account.ts";

/** The size of `sun_path` without its final zero, see unix(7). */
const PATH_BYTES_MAX = process.platform === "linux" ? 107 : 103;
const PREFIX = "queueflow-socket-";

export interface Socket {
  /** The server's working directory, which only its account can enter. */
  readonly folder: string;
  /** Its file in that folder. */
  readonly name: string;
}

export interface SocketPlace {
  /** For clients: short enough for all of them. */
  readonly folder: string;
  /** The same folder for the server, whose account may not reach its working directory by path. */
  readonly argument: string;
}

/**
 * Returns the server's folder as the place of its socket. Where the path is too long or the disk cannot hold sockets, makes a
 * folder in the system's one for temporary files, which only `account` can enter; a link beside the server's folder leads there.
 *
 * @throws QueueFlowError `embedded_server_failed` when there is no such folder either.
 */
export function placeSocket(socket: Socket, account: Account | undefined): SocketPlace {
  removeSocket(socket);
  const { folder, name } = socket;
  if (Buffer.byteLength(join(folder, name)) <= PATH_BYTES_MAX && canHoldSockets(folder)) {
    return { folder, argument: "." };
  }
  try {
    const short = mkdtempSync(join(tmpdir(), PREFIX));
    symlinkSync(short, linkOf(socket));
    if (account !== undefined) chownSync(short, account.uid, account.gid);
    return { folder: short, argument: short };
  } catch (cause) {
    const sentence = `${folder} cannot hold a socket (its path is too long, or its disk has none), nor can ${tmpdir()}: start the engine in another folder, or set TMPDIR`;
    throw new QueueFlowError("embedded_server_failed", sentence, { cause });
  }
}

/** Removes what a server that has exited left, killed or not. */
export function removeSocket(socket: Socket): void {
  const { folder, name } = socket;
  const link = linkOf(socket);
  const short = ownShortFolder(link);
  for (const place of [folder, ...(short === undefined ? [] : [short])]) {
    for (const file of [name, `${name}.lock`]) rmSync(join(place, file), { force: true });
  }
  if (short !== undefined) rmdirSync(short);
  rmSync(link, { force: true });
}

function canHoldSockets(folder: string): boolean {
  const unix = join(folder, "probe.sock");
  try {
    Bun.listen({ unix, socket: { data: () => undefined } }).stop(true);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(unix, { force: true });
  }
}

function linkOf({ folder }: Socket): string {
  return `${folder}.socket`;
}

/** Undefined when there is none, or when the link leads elsewhere. */
function ownShortFolder(link: string): string | undefined {
  try {
    const target = readlinkSync(link);
    const isOwn = target.startsWith(join(tmpdir(), PREFIX)) && !target.includes("..");
    return isOwn && existsSync(target) ? target : undefined;
  } catch {
    return undefined;
  }
}
