import { type Static, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";

/** Raise it when a reader of the old format would allow what the new one forbids: such readers then refuse with 503. */
export const DOCUMENT_FORMAT = 1;

/** The `site_id` of a key of every site. */
export const EVERY_SITE = "";

export const KeyKind = Type.Union([
  Type.Literal("write"),
  Type.Literal("browser"),
  Type.Literal("read"),
  Type.Literal("admin"),
]);
export type KeyKind = Static<typeof KeyKind>;

/** As stored in `limits` and shown over HTTP, hence in snake case. An absent limit does not apply. */
export const Limits = Type.Object({
  events_per_second: Type.Optional(Type.Integer({ minimum: 1 })),
  requests_per_second: Type.Optional(Type.Integer({ minimum: 1 })),
  burst_seconds: Type.Optional(Type.Integer({ minimum: 1 })),
  events_per_day: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type Limits = Static<typeof Limits>;

/** An empty list allows every origin or host name, and excludes nothing. */
export const Site = Type.Object({
  siteId: Type.String(),
  name: Type.String(),
  timeZone: Type.String(),
  origins: Type.Array(Type.String()),
  hostnames: Type.Array(Type.String()),
  excludedNetworks: Type.Array(Type.String()),
  excludedPaths: Type.Array(Type.String()),
  excludedCountries: Type.Array(Type.String()),
  limits: Limits,
});
export type Site = Static<typeof Site>;

/** Times are in milliseconds since 1970. */
export const Key = Type.Object({
  keyId: Type.String(),
  kind: KeyKind,
  /** `EVERY_SITE`, only of read and admin keys, or one site. */
  siteId: Type.String(),
  /** SHA-256 of the key, in hexadecimal digits. */
  hash: Type.String(),
  expiresAtMs: Type.Union([Type.Number(), Type.Null()]),
  revokedAtMs: Type.Union([Type.Number(), Type.Null()]),
  limits: Limits,
});
export type Key = Static<typeof Key>;

/** A public link to the dashboard of a site. */
export const Share = Type.Object({
  shareId: Type.String(),
  siteId: Type.String(),
  /** SHA-256 of the token in the link, in hexadecimal digits. */
  hash: Type.String(),
  /** Null for a link that asks for none. */
  passwordHash: Type.Union([Type.String(), Type.Null()]),
});
export type Share = Static<typeof Share>;

/** All that decides who may do what, as PostgreSQL has it and Redis mirrors it. */
export const AccessDocument = Type.Object({
  format: Type.Literal(DOCUMENT_FORMAT),
  sites: Type.Array(Site),
  keys: Type.Array(Key),
  /** Absent in a document of an older engine. */
  shares: Type.Optional(Type.Array(Share)),
});
export type AccessDocument = Static<typeof AccessDocument>;

export const accessDocumentShape = TypeCompiler.Compile(AccessDocument);
