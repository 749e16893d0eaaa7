import type { Command } from "commander";
import {
  type DefinitionKind,
  define,
  definitionsOf,
  removeDefinition,
} from "../../administer/definitions.ts";
import { fromOptions } from "../access/from-options.ts";
import { CommandFailure } from "../command-failure.ts";
import { parseSiteId } from "../options.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { table } from "../text.ts";

/** The fields that options give, besides the name. */
type ReadFields<Flags> = (flags: Flags) => Readonly<Record<string, unknown>>;

export interface DefinitionsCommand<Flags> {
  readonly kind: DefinitionKind;
  readonly help: string;
  readonly setHelp: string;
  /** Adds the options of `set`. */
  readonly addOptions: (set: Command) => Command;
  readonly fieldsIn: ReadFields<Flags>;
}

/** Adds `list`, `set` and `remove` for what a site names for its reports. */
export function addDefinitionsCommand<Flags>(
  program: Command,
  shell: Shell,
  { kind, help, setHelp, addOptions, fieldsIn }: DefinitionsCommand<Flags>,
): void {
  const { noun } = kind;
  const command = program
    .command(`${noun}s`)
    .summary(`list, set or remove the ${noun}s of a site`)
    .description(`Lists, sets or removes the ${noun}s of a site.`)
    .addHelpText("after", help);
  command
    .command("list")
    .summary(`list the ${noun}s of a site`)
    .description(`Lists the ${noun}s of a site.`)
    .argument("<site>", "its site_id", parseSiteId)
    .option("--json", "print one JSON object per line")
    .action(
      async (siteId: string, { json = false }: { readonly json?: boolean }) =>
        await list(shell, { kind, siteId, json }),
    );
  addOptions(command.command("set"))
    .summary(`add or replace a ${noun}`)
    .description(`Adds a ${noun}, or replaces the one of its name.`)
    .argument("<site>", "its site_id", parseSiteId)
    .argument("<name>", `the name of the ${noun}`)
    .addHelpText("after", setHelp)
    .action(async (siteId: string, name: string, flags: Flags) => {
      const fields = fromOptions(() => kind.parse({ name, ...fieldsIn(flags) }));
      await withServers(
        shell,
        { failure: `Cannot set the ${noun}` },
        async ({ database }) => await define({ database, kind, siteId }, fields),
      );
      print(shell, `Set the ${noun} ${name} of ${siteId}.`);
    });
  command
    .command("remove")
    .summary(`remove a ${noun}`)
    .description(`Removes a ${noun}. Events stay as they are.`)
    .argument("<site>", "its site_id", parseSiteId)
    .argument("<name>", `the name of the ${noun}`)
    .action(async (siteId: string, name: string) => {
      const isRemoved = await withServers(
        shell,
        { failure: `Cannot remove the ${noun}` },
        async ({ database }) => await removeDefinition({ database, kind, siteId }, name),
      );
      if (!isRemoved) throw new CommandFailure(1, `${siteId} has no ${noun} ${name}`);
      print(shell, `Removed the ${noun} ${name} of ${siteId}.`);
    });
}

async function list(
  shell: Shell,
  { kind, siteId, json }: { kind: DefinitionKind; siteId: string; json: boolean },
): Promise<void> {
  const found = await withServers(
    shell,
    { failure: `Cannot list the ${kind.noun}s` },
    async ({ database }) => await definitionsOf({ database, kind, siteId }),
  );
  if (json) return print(shell, ...found.map((each) => JSON.stringify(each)));
  if (found.length === 0) return print(shell, `${siteId} has no ${kind.noun}s.`);
  print(
    shell,
    ...table(found.map(({ name, ...rest }) => [String(name), JSON.stringify(Object.values(rest))])),
  );
}
