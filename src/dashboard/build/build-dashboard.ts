import { join } from "node:path";
import { largeStaticFile } from "../../static-file.ts";
import type { BuiltDashboard, BuiltFile } from "./built-file.ts";

const ENTRIES = ["main.tsx", "style/dashboard.css"].map((entry) =>
  join(import.meta.dir, "..", entry),
);

/** @throws AggregateError with every problem of the sources. */
export async function buildDashboard(): Promise<BuiltDashboard> {
  const { outputs } = await Bun.build({
    entrypoints: ENTRIES,
    target: "browser",
    minify: true,
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
  });
  const built = async (extension: "js" | "css") => {
    const output = outputs.find(({ path }) => path.endsWith(`.${extension}`));
    if (output === undefined) throw new Error(`The dashboard was built without .${extension}`);
    return await builtFile(extension, { text: await output.text(), mediaType: output.type });
  };
  return { script: await built("js"), style: await built("css") };
}

async function builtFile(
  extension: string,
  { text, mediaType }: { text: string; mediaType: string },
): Promise<BuiltFile> {
  const { hash, bodies } = await largeStaticFile(text, mediaType);
  const encoded = [...bodies].map(([coding, body]) => [coding, body.toBase64()] as const);
  return { name: `dashboard.${hash}.${extension}`, mediaType, bodies: Object.fromEntries(encoded) };
}

if (import.meta.main) process.stdout.write(JSON.stringify(await buildDashboard()));
