import { mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Waits in the background until nobody has the pipe open for writing any more, which the kernel sees
 * to however this process ends; then ends what still works in the folder, and removes it. The shell itself
 * ends at once, because Bun ends the children of a test that takes too long.
 */
const WATCH = `
mkfifo "$0/alive" || exit 1
(
  trap '' INT TERM HUP
  cat "$0/alive"
  cd /
  for process in /proc/[0-9]*; do
    case "$(readlink "$process/cwd")" in
      "$0"|"$0"/*) kill -9 "\${process#/proc/}" ;;
    esac
  done
  rm -rf "$0"
) </dev/null >/dev/null 2>&1 &
`;

/**
 * Makes a new folder under the system's temporary one that is gone when this process is: also when
 * a run is interrupted, bails out or crashes, where Bun calls neither `afterAll` nor an exit listener.
 * Processes left working in the folder (servers that a test started) are ended with it.
 */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `queueflow-${name}-`));
  const { exitCode } = Bun.spawnSync({
    cmd: ["sh", "-c", WATCH, folder],
    // A session of its own: Ctrl-C in a terminal signals the whole process group.
    detached: true,
  });
  if (exitCode !== 0) throw new Error(`Cannot watch over ${folder}`);
  // Never closed by us, and by no child, which does not inherit it.
  openSync(join(folder, "alive"), "r+");
  return folder;
}
