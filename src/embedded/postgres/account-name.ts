import { existsSync, readFileSync } from "node:fs";
import { writePrivateFile } from "../private-file.ts";

/** Of Debian's package libnss-wrapper; the loader searches its own folders. */
const NSS_WRAPPER = "libnss_wrapper.so";

/**
 * Returns variables with which programs find a name for this process's account, as initdb requires. Containers run under accounts
 * that /etc/passwd lacks. Empty when the account is there, or may be known to another directory, such as LDAP.
 */
export function accountNameEnv(passwdPath: string): Readonly<Record<string, string>> {
  const uid = process.getuid?.();
  if (uid === undefined || hasEntry(uid) || !hasNssWrapper()) return {};
  const gid = process.getgid?.() ?? uid;
  writePrivateFile(passwdPath, `queueflow:x:${uid}:${gid}::/:/bin/false\n`);
  return {
    LD_PRELOAD: NSS_WRAPPER,
    NSS_WRAPPER_PASSWD: passwdPath,
    NSS_WRAPPER_GROUP: "/etc/group",
  };
}

function hasEntry(uid: number): boolean {
  return readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .some((line) => line.split(":")[2] === String(uid));
}

function hasNssWrapper(): boolean {
  const folders = [...new Bun.Glob("*-linux-gnu").scanSync({ cwd: "/usr/lib", onlyFiles: false })];
  return folders.some((folder) => existsSync(`/usr/lib/${folder}/${NSS_WRAPPER}`));
}
