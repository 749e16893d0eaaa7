import { Elysia } from "elysia";
import { EVERY_SITE, type Key } from "../../access/access-document.ts";
import { accessUnknown } from "../../access/access-unknown.ts";
import { authenticate } from "../../access/authenticate.ts";
import { areReadsOpen, expectReadingKind } from "../../access/may-read.ts";
import type { Access, AccessRules } from "../../access/rules.ts";
import { newSession, type Session, signSession } from "../../access/session.ts";
import { endSession, redeemSignInToken } from "../../administer/sessions.ts";
import { InvalidFieldsError, QueueFlowError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { type AccessParts, knownAccess } from "../access/identify.ts";
import { dropBody } from "../body/read-body.ts";
import { counted } from "../counted.ts";
import { describeSession } from "../openapi/describe-session.ts";
import { requestTarget } from "../request-target.ts";
import type { AdministeredServers } from "../routes/administration/administer.ts";
import { readFields } from "../routes/administration/administer.ts";
import { requiredText } from "../routes/administration/required-text.ts";
import { parseParameters } from "../routes/query-parameters.ts";
import { expectOwnOrigin } from "./own-origin.ts";
import { setCookie } from "./session-cookie.ts";
import { knownSecret, sessionInForce, sessionsOf } from "./session-of.ts";
import { SignInAttempts } from "./sign-in-attempts.ts";

const PATH = "/session";
/** Of a key or a token. */
const SECRET_BYTES_MAX = 128;
const WAYS = ["key", "token"];

export interface SessionSources extends AccessParts {
  readonly accessServers: AdministeredServers;
  readonly metrics: IngestMetrics;
  /** The path under which browsers see the engine. */
  readonly cookiePath: string;
}

/** Signing in to the dashboard, and out of it. */
export function sessionRoute(sources: SessionSources) {
  const attempts = new SignInAttempts();
  const described = describeSession();
  const answering =
    (answer: (request: Request) => Promise<Response>) =>
    async ({ request }: { request: Request }) =>
      await counted(sources.metrics, PATH, async () => {
        try {
          parseParameters(requestTarget(request).query, []);
          return await answer(request);
        } finally {
          if (request.body !== null && !request.bodyUsed) await dropBody(request);
        }
      });
  return new Elysia()
    .get(PATH, answering(show), { detail: described.show })
    .post(PATH, answering(signIn), { parse: "none", detail: described.signIn })
    .delete(PATH, answering(signOut), { parse: "none", detail: described.signOut });

  async function show(request: Request): Promise<Response> {
    const access = await knownAccess(sources.access);
    return Response.json(sessionJson(access, await sessionsOf(request, sources)));
  }

  async function signIn(request: Request): Promise<Response> {
    expectOwnOrigin(request);
    const fields = await readFields(request);
    const way = wayIn(fields);
    const access = await expectAsking(sources);
    const secret = await knownSecret(sources.sessions);
    if (secret === undefined) throw accessUnknown();
    const session = await attempts.count(
      request,
      sources.addresses,
      async () => await beginSession(way, access),
    );
    await endSessions(request);
    return Response.json(sessionJson(access, [session]), {
      headers: { "Set-Cookie": cookieOf(request, signSession(session, secret), session) },
    });
  }

  async function beginSession({ name, text }: WayIn, rules: AccessRules): Promise<Session> {
    if (name === "token") return await redeemSignInToken(sources.accessServers, text);
    const key = authenticate(rules, text, Date.now());
    expectReadingKind(key);
    attempts.expectRoom(key.keyId);
    sources.access.noteUse(key.keyId);
    return newSession({ kind: "key", hash: key.hash }, Date.now());
  }

  async function signOut(request: Request): Promise<Response> {
    expectOwnOrigin(request);
    await endSessions(request);
    return Response.json(sessionJson(await knownAccess(sources.access), []), {
      headers: { "Set-Cookie": cookieOf(request, "", undefined) },
    });
  }

  /** Those that the browser had: a copy of its cookie must not outlive it. */
  async function endSessions(request: Request): Promise<void> {
    const ended = await sessionsOf(request, sources);
    for (const session of ended) await endSession(sources.accessServers, session);
    if (ended.length > 0) await sources.sessions.refresh();
  }

  function cookieOf(request: Request, text: string, session: Session | undefined): string {
    const leftMs = session === undefined ? 0 : session.expiresAtMs - Date.now();
    const maxAgeS = Math.ceil(leftMs / 1_000);
    return setCookie(request, text, { path: sources.cookiePath, maxAgeS });
  }
}

interface WayIn {
  readonly name: string;
  readonly text: string;
}

function wayIn(fields: Readonly<Record<string, unknown>>): WayIn {
  const [name, ...others] = Object.keys(fields);
  const wrong = [name, ...others].find((each) => each !== undefined && !WAYS.includes(each));
  if (wrong !== undefined) {
    const problem = `Expected the field key or token, got ${describeValue(wrong)}`;
    throw new InvalidFieldsError({ [wrong]: problem });
  }
  if (name === undefined || others.length > 0) {
    const came = name === undefined ? "neither" : "both";
    throw new InvalidFieldsError({ key: `Expected the field key or token, got ${came}` });
  }
  return { name, text: requiredText(name, fields[name], SECRET_BYTES_MAX) };
}

async function expectAsking({ access }: AccessParts): Promise<AccessRules> {
  const rules = await knownAccess(access);
  if (rules.kind === "unknown") throw accessUnknown();
  if (rules.kind === "rules") return rules;
  const message = "Expected ACCESS to be other than open, got open: nobody needs to sign in";
  throw new QueueFlowError("key_required", message);
}

/** What the page needs to know. `needed` is whether reading asks for a key or a session. */
function sessionJson(access: Access, sessions: readonly Session[]) {
  const found = access.kind === "rules" ? sessionInForce(sessions, access) : undefined;
  const needed = access.kind === "unknown" || (access.kind === "rules" && !areReadsOpen(access));
  if (found === undefined) return { signed_in: false, needed };
  return {
    signed_in: true,
    needed,
    ...rightsOf(found.key),
    expires_at: new Date(found.session.expiresAtMs).toISOString(),
  };
}

function rightsOf({ kind, siteId, keyId }: Key) {
  return {
    kind,
    site_id: siteId === EVERY_SITE ? null : siteId,
    key_id: keyId === "" ? null : keyId,
  };
}
