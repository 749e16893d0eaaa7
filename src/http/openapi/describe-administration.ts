import { KeyKind } from "../../access/access-document.ts";
import { LIMIT_FIELDS } from "../../access/limit-fields.ts";
import { LIST_FIELDS } from "../../access/site-fields.ts";
import type { ErrorCode } from "../../errors.ts";
import { type DescribedAnswer, describeAnswers } from "./api-description.ts";
import { queryParameter } from "./query-parameter.ts";

const TAGS = ["administration"];
const ERRORS: readonly ErrorCode[] = [
  "key_required",
  "wrong_kind",
  "invalid_field",
  "database_unavailable",
];

const EXAMPLE_SITE = {
  site_id: "example.com",
  name: "example.com",
  time_zone: "Europe/Berlin",
  origins: ["https://example.com"],
  hostnames: [],
  excluded_networks: ["203.0.113.0/24"],
  excluded_paths: ["/admin/**"],
  excluded_countries: [],
  page_view_types: ["page_view", "pageview"],
  limits: { events_per_second: 100 },
  created_at: "2026-01-15T09:30:00.000Z",
};
const EXAMPLE_KEY = {
  key_id: "7Xb2mQ4kT9a",
  kind: "write",
  site_id: "example.com",
  label: "shop backend",
  limits: {},
  created_at: "2026-01-15T09:30:00.000Z",
  expires_at: null,
  revoked_at: null,
  last_used_at: "2026-01-15T09:00:00.000Z",
};

export function describeSites() {
  const siteParameter = queryParameter("site_id", "The site.");
  return {
    list: {
      ...summary("List sites", "The settings of all sites that the key administers."),
      responses: responses(200, { description: "By site_id.", example: { sites: [EXAMPLE_SITE] } }),
    },
    add: {
      ...summary("Add a site", "A site takes events without settings too."),
      requestBody: jsonBody({ site_id: text("The site."), ...siteProperties() }, ["site_id"]),
      responses: responses(201, { description: "Added.", example: EXAMPLE_SITE }, "site_exists"),
    },
    change: {
      ...summary("Change a site", "An absent field changes nothing, and a null limit is removed."),
      parameters: [siteParameter],
      requestBody: jsonBody(siteProperties()),
      responses: responses(200, { description: "Changed.", example: EXAMPLE_SITE }, "not_found"),
    },
    remove: {
      ...summary("Remove a site's settings", "Its keys are revoked. Its events stay."),
      parameters: [siteParameter],
      responses: responses(
        200,
        { description: "Removed.", example: { site_id: "example.com", revoked_keys: 1 } },
        "not_found",
      ),
    },
  };
}

export function describeKeys() {
  return {
    list: {
      ...summary("List keys", "All keys that the key administers, without their secrets."),
      parameters: [queryParameter("site_id", "Only keys of this site.", false)],
      responses: responses(200, { description: "Oldest first.", example: { keys: [EXAMPLE_KEY] } }),
    },
    create: {
      ...summary(
        "Create a key",
        "The key is in this response only. A key that closes something needs `confirm`.",
      ),
      requestBody: jsonBody(
        {
          kind: { type: "string", enum: KeyKind.anyOf.map((kind) => kind.const) },
          site_id: text("The site of the key; absent for a read or admin key of every site."),
          label: text("Who uses the key."),
          expires_at: text("A time, a UTC day, or a number of days such as 90d."),
          limits: limitsSchema(),
          confirm: { type: "boolean", description: "Whether the key may close something." },
        },
        ["kind"],
      ),
      responses: responses(
        201,
        {
          description: "`in_force` is false while Redis cannot be told.",
          example: { key: "qf_w_…", ...EXAMPLE_KEY, in_force: true },
        },
        "confirmation_required",
      ),
    },
    revoke: {
      ...summary("Revoke a key", "No thread takes it for more than two seconds after that."),
      requestBody: jsonBody({ key_id: text("The key's id.") }, ["key_id"]),
      responses: responses(200, { description: "Revoked.", example: EXAMPLE_KEY }, "not_found"),
    },
    delete: {
      ...summary(
        "Delete a key",
        "The key must be revoked or expired. Deleting the last one of a kind opens what it closed, and needs `confirm`.",
      ),
      parameters: [
        queryParameter("key_id", "The key's id."),
        queryParameter("confirm", "`true` to open what the key closed.", false),
      ],
      responses: responses(
        200,
        { description: "Deleted.", example: { key_id: "7Xb2mQ4kT9a", opened: [] } },
        "key_in_force",
      ),
    },
  };
}

function summary(title: string, description: string) {
  return { summary: title, description, tags: TAGS };
}

function responses(status: number, answer: DescribedAnswer, ...more: readonly ErrorCode[]) {
  return describeAnswers({ status, answer, errors: [...ERRORS, ...more] });
}

function jsonBody(properties: Readonly<Record<string, object>>, required: readonly string[] = []) {
  const schema = { type: "object" as const, properties, required: [...required] };
  return { required: true, content: { "application/json": { schema } } };
}

function siteProperties(): Readonly<Record<string, object>> {
  const lists = LIST_FIELDS.map(({ name, item, description }) => [
    name,
    { type: "array", description, items: { type: "string", description: item } },
  ]);
  return {
    name: text("What people call the site."),
    time_zone: text("IANA time zone of its days."),
    ...Object.fromEntries(lists),
    limits: limitsSchema(),
  };
}

function limitsSchema() {
  const limits = LIMIT_FIELDS.map(({ name, min, max, description }) => [
    name,
    { type: ["integer", "null"], minimum: min, maximum: max, description },
  ]);
  return { type: "object" as const, properties: Object.fromEntries(limits) };
}

function text(description: string) {
  return { type: "string" as const, description };
}
