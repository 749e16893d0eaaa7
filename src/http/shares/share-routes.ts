import { Elysia } from "elysia";
import type { Share } from "../../access/access-document.ts";
import { accessUnknown } from "../../access/access-unknown.ts";
import { newSession, signSession } from "../../access/session.ts";
import { GOALS } from "../../administer/definitions.ts";
import { QueueFlowError } from "../../errors.ts";
import { PASSWORD_BYTES_MAX } from "../../text-limits.ts";
import { dropBody } from "../body/read-body.ts";
import { counted } from "../counted.ts";
import { FORMAT_PARAMETER } from "../openapi/describe-query.ts";
import { describeShares } from "../openapi/describe-shares.ts";
import { requestTarget } from "../request-target.ts";
import { readFields } from "../routes/administration/administer.ts";
import { listAnnotations } from "../routes/administration/annotations-route.ts";
import type { DefinitionSources } from "../routes/administration/definitions-route.ts";
import { requiredText } from "../routes/administration/required-text.ts";
import { openStream, type StreamSources } from "../routes/live/open-stream.ts";
import { answerQuery, askedByBody, type QuerySources } from "../routes/query/query-route.ts";
import { parseParameters } from "../routes/query-parameters.ts";
import { type ReadableSitesSources, readableSite } from "../routes/readable-sites-route.ts";
import { strictHandler } from "../routes/strict-handler.ts";
import { expectOwnOrigin } from "../sessions/own-origin.ts";
import { linkCookie, setCookie } from "../sessions/session-cookie.ts";
import { knownSecret } from "../sessions/session-of.ts";
import { PasswordChecks } from "./password-checks.ts";
import { type SharePageSources, sharePages } from "./share-pages.ts";
import { admitByLink, expectStillAdmitted } from "./shared-site.ts";

export interface ShareSources
  extends SharePageSources,
    QuerySources,
    ReadableSitesSources,
    StreamSources,
    Pick<DefinitionSources, "readDefinitions"> {
  /** The path under which browsers see the engine. */
  readonly cookiePath: string;
}

/** What the page of a public link asks: numbers of its site, and nothing else. */
export function shareRoutes(sources: ShareSources) {
  const { metrics } = sources;
  const described = describeShares();
  const checks = new PasswordChecks();
  return new Elysia()
    .use(sharePages(sources))
    .get(
      "/share/site",
      strictHandler({ path: "/share/site", parameters: {}, metrics }, async (_, request) =>
        showSite(await admitByLink(request, sources)),
      ),
      { detail: described.site },
    )
    .get(
      "/share/annotations",
      strictHandler({ path: "/share/annotations", parameters: {}, metrics }, async (_, request) => {
        const { siteId } = await admitByLink(request, sources);
        return await listAnnotations(sources, siteId);
      }),
      { detail: described.annotations },
    )
    .get(
      "/share/live/stream",
      strictHandler({ path: "/share/live/stream", parameters: {}, metrics }, follow),
      { detail: described.stream },
    )
    .post(
      "/share/query",
      strictHandler({ path: "/share/query", parameters: FORMAT_PARAMETER, metrics }, query),
      { parse: "none", detail: described.query },
    )
    .post(
      "/share/session",
      async ({ request }) =>
        await counted(metrics, "/share/session", async () => {
          try {
            parseParameters(requestTarget(request).query, []);
            return await givePassword(request);
          } finally {
            if (request.body !== null && !request.bodyUsed) await dropBody(request);
          }
        }),
      { parse: "none", detail: described.session },
    );

  async function showSite({ siteId }: Share): Promise<Response> {
    const [site, hasGoals] = await Promise.all([
      readableSite(sources, siteId),
      mayHaveGoals(siteId),
    ]);
    return Response.json({ ...site, has_goals: hasGoals });
  }

  /** Of a site without goals the page asks no conversions. It does when goals cannot be read: then the question fails. */
  async function mayHaveGoals(siteId: string): Promise<boolean> {
    const reading = sources.readDefinitions({ table: GOALS.table, siteId });
    return await reading.then(
      ({ length }) => length > 0,
      () => true,
    );
  }

  async function follow(_: unknown, request: Request): Promise<Response> {
    const { siteId } = await admitByLink(request, sources);
    const admit = async () => await expectStillAdmitted(request, sources);
    return openStream(request, { siteId, isPublic: true, admit }, sources);
  }

  async function query(parameters: ReadonlyMap<string, string>, request: Request) {
    return await answerQuery(request, { format: parameters.get("format"), sources }, async () => {
      const { siteId } = await admitByLink(request, sources);
      const asked = await askedByBody(request);
      if (asked.siteId === siteId) return asked;
      const message = `Expected the site of the link, ${siteId}, got another`;
      throw new QueueFlowError("wrong_site", message);
    });
  }

  async function givePassword(request: Request): Promise<Response> {
    const share = await admitByLink(request, sources, { asksPassword: false });
    expectOwnOrigin(request);
    // The address is known only while the connection is open.
    const address = sources.addresses.senderOf(request);
    const { password } = await readFields(request);
    const text = requiredText("password", password, PASSWORD_BYTES_MAX);
    const secret = await knownSecret(sources.sessions);
    if (secret === undefined) throw accessUnknown();
    if (share.passwordHash !== null) {
      const { shareId, passwordHash: hash } = share;
      await checks.expect(text, { shareId, hash, address });
    }
    const session = newSession({ kind: "share", hash: share.hash }, Date.now());
    const maxAgeS = Math.ceil((session.expiresAtMs - Date.now()) / 1_000);
    const path = `${sources.cookiePath}share`;
    const cookie = setCookie(request, signSession(session, secret), {
      name: linkCookie(share.shareId),
      path,
      maxAgeS,
    });
    return Response.json(
      { expires_at: new Date(session.expiresAtMs).toISOString() },
      { headers: { "Set-Cookie": cookie } },
    );
  }
}
