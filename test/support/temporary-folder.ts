import { mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Waits in the background until no process has the pipe open for writing, which is when the test process has exited in any way.
 * Then kills the processes that work in the folder, and removes it. The shell itself exits immediately, because Bun kills the
 * children of a test that times out.
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
 * Creates a folder that is removed when this process exits, also after a signal or a crash, when Bun calls neither `afterAll` nor
 * an exit listener. Kills processes that still work in the folder, such as servers of a test.
 */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `queueflow-${name}-`));
  const { exitCode } = Bun.spawnSync({
    cmd: ["sh", "-c", WATCH, folder],
    // A new session, because Ctrl-C signals the whole process group.
    detached: true,
  });
  if (exitCode !== 0) throw new Error(`Cannot watch ${folder}`);
  // Not closed until exit; child processes do not inherit it.
  openSync(join(folder, "alive"), "r+");
  return folder;
}
