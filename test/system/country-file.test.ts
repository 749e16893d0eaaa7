import { expect, test } from "bun:test";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBrowserSources } from "../../src/roles/browser-sources.ts";
import { countryDatabase } from "../support/country-database.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ADDRESS = "203.0.113.9";

test("a running thread reads a renewed GEOIP_FILE, and bears a broken one", async () => {
  const geoipFile = join(temporaryFolder("countries"), "countries.mmdb");
  const renew = async (content: string | Buffer) => {
    await writeFile(`${geoipFile}.new`, content);
    await rename(`${geoipFile}.new`, geoipFile);
  };
  const databaseOf = (country: string) =>
    countryDatabase(new Map([["203.0.113.0/24", { country: { iso_code: country } }]]));
  const { log, records } = recordingLog();
  const said = () => records.map(({ level, sentence }) => `${level}: ${sentence}`);
  await renew(databaseOf("DE"));
  const config = { geoipFile, countryHeader: undefined, respectsGpc: false };
  const { sources, stop } = await startBrowserSources(config, { log, refreshMs: 1 });
  const country = () => sources.countries?.countryOf(ADDRESS);
  expect(country()).toBe("DE");
  await renew(databaseOf("AT"));
  await eventually(() => expect(country()).toBe("AT"));
  expect(said()).toEqual([]);
  await renew("half");
  const warning = "warn: GEOIP_FILE not read; what was read before stays in use, retrying";
  await eventually(() => expect(said()).toEqual([warning]));
  expect(country()).toBe("AT");
  await renew(databaseOf("CH"));
  await eventually(() => expect(country()).toBe("CH"));
  await eventually(() => expect(said()).toEqual([warning, "info: GEOIP_FILE can be read again"]));
  await stop();
});
