import type { Static, TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { errorText, QueueFlowError } from "../../errors.ts";
import { CommandFailure } from "../command-failure.ts";
import {
  BackupEnd,
  BackupInfo,
  type BackupPart,
  END_NAME,
  EntryDigest,
  FORMAT,
  INFO_NAME,
  partOf,
} from "./contents.ts";
import { readTar, type TarEntry, TarError } from "./tar.ts";

export interface OpenBackup {
  readonly info: BackupInfo;
  /**
   * Calls `take` with each part in order, and returns the end once the checksum is right.
   *
   * @throws CommandFailure when the backup is damaged or incomplete; what `take` throws.
   */
  read(take: (part: BackupPart) => Promise<void> | void): Promise<BackupEnd>;
}

/**
 * Reads the first entry of an archive. `name` stands for it in messages.
 *
 * @throws CommandFailure when it is no backup, is damaged, or has a format of a later release.
 */
export async function openBackup(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<OpenBackup> {
  const entries = readTar(chunks);
  const digest = new EntryDigest();
  const first = await nextEntry(name, entries, noBackup(name));
  if (first?.name !== INFO_NAME) throw noBackup(name);
  digest.add(first);
  const info = parsed(name, BackupInfo, first);
  if (info.format !== FORMAT) {
    const made = `${name} has format ${info.format} and was made by version ${info.engine}`;
    throw new CommandFailure(1, `${made}; this version reads format ${FORMAT}: use that version`);
  }
  return {
    info,
    async read(take) {
      for (;;) {
        const entry = await nextEntry(name, entries);
        if (entry === undefined) throw damaged(name, "its last entry is missing");
        if (entry.name === END_NAME) {
          const end = parsed(name, BackupEnd, entry);
          if (end.sha256 !== digest.hex()) throw damaged(name, "its checksum does not match");
          if ((await nextEntry(name, entries)) === undefined) return end;
          throw damaged(name, "entries follow its last one");
        }
        const part = partOf(entry);
        if (part === undefined) throw damaged(name, `it has an unknown entry ${entry.name}`);
        digest.add(entry);
        await take(part);
      }
    },
  };
}

async function nextEntry(
  name: string,
  entries: AsyncIterator<TarEntry>,
  noTar?: CommandFailure,
): Promise<TarEntry | undefined> {
  try {
    const next = await entries.next();
    return next.done === true ? undefined : next.value;
  } catch (error) {
    if (error instanceof TarError && noTar !== undefined) throw noTar;
    // `decompressed` reports damage as wrong usage.
    const isDamage = error instanceof TarError || error instanceof QueueFlowError;
    throw isDamage ? damaged(name, errorText(error)) : error;
  }
}

function parsed<Schema extends TSchema>(
  name: string,
  schema: Schema,
  { name: entryName, bytes }: TarEntry,
): Static<Schema> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return Value.Decode(schema, value);
  } catch {
    throw damaged(name, `its entry ${entryName} cannot be read`);
  }
}

function noBackup(name: string): CommandFailure {
  return new CommandFailure(1, `${name} is not a backup made by \`queueflow backup\``);
}

function damaged(name: string, why: string): CommandFailure {
  return new CommandFailure(1, `${name} is damaged or incomplete: ${why}`);
}
