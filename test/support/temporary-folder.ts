import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Waits until the pipe from its parent closes, which the kernel does however the parent ends, then
 * ends what still works in the folder and removes it. A shell, so that it needs nothing of the project.
 */
const WATCH = `
trap '' INT TERM HUP
cat >/dev/null
cd /
for process in /proc/[0-9]*; do
  case "$(readlink "$process/cwd" 2>/dev/null)" in
    "$0"|"$0"/*) kill -9 "\${process#/proc/}" 2>/dev/null ;;
  esac
done
rm -rf "$0"
`;

/**
 * Makes a new folder under the system's temporary one that is gone when this process is: also when
 * a run is interrupted, bails out or crashes, where Bun calls neither `afterAll` nor an exit listener.
 * Processes left working in the folder (servers that a test started) are ended with it.
 */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `queueflow-${name}-`));
  const watcher = Bun.spawn(["sh", "-c", WATCH, folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watcher.unref();
  return folder;
}
