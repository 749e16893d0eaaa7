import { Elysia } from "elysia";
import { EVERY_SITE } from "../../../access/access-document.ts";
import { ALL_READS } from "../../../access/closed.ts";
import { parseNewKey } from "../../../access/key-fields.ts";
import { keyJson } from "../../../administer/json.ts";
import {
  deleteEnded,
  revoke,
  storeNewKey,
  whatCloses,
  whatOpens,
} from "../../../administer/keys.ts";
import { putNewKeyInForce } from "../../../administer/put-in-force.ts";
import { InvalidFieldsError, QueueFlowError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import { SITE_ID_BYTES_MAX } from "../../../event/limits.ts";
import { listKeys, type StoredKey } from "../../../store/access/keys.ts";
import { describeKeys } from "../../openapi/describe-administration.ts";
import {
  type Administered,
  type AdministrationSources,
  administer,
  expectInScope,
} from "./administer.ts";
import { requiredText } from "./required-text.ts";

const PATH = "/keys";
const REVOKE_PATH = "/keys/revoke";
const KEY_ID_BYTES_MAX = 64;

export function keysRoute(sources: AdministrationSources) {
  const described = describeKeys();
  return new Elysia()
    .get(PATH, administer(PATH, sources, { parameters: ["site_id"], answer: list }), {
      detail: described.list,
    })
    .post(PATH, administer(PATH, sources, { parameters: [], answer: create }), {
      parse: "none",
      detail: described.create,
    })
    .post(REVOKE_PATH, administer(REVOKE_PATH, sources, { parameters: [], answer: revokeOne }), {
      parse: "none",
      detail: described.revoke,
    })
    .delete(
      PATH,
      administer(PATH, sources, { parameters: ["key_id", "confirm"], answer: deleteOne }),
      { parse: "none", detail: described.delete },
    );
}

async function list({ scope, servers, parameters }: Administered): Promise<Response> {
  const asked = parameters.get("site_id");
  const siteId =
    asked === undefined ? undefined : requiredText("site_id", asked, SITE_ID_BYTES_MAX);
  if (siteId !== undefined) expectInScope(scope, siteId);
  const only = siteId ?? (scope === EVERY_SITE ? undefined : scope);
  const keys = await listKeys(servers.database, only === undefined ? {} : { siteId: only });
  return Response.json({ keys: keys.map(keyJson) });
}

async function create({ scope, servers, readFields }: Administered): Promise<Response> {
  const { confirm = false, ...fields } = await readFields();
  const key = parseNewKey(fields, Date.now());
  expectInScope(scope, key.siteId);
  const closes = await whatCloses(servers, key);
  if (closes.length > 0 && !isConfirmed(confirm)) {
    const message = `This key closes ${closes.join(" and ")} for clients without a key: expected confirm to be true, got ${describeValue(confirm)}`;
    throw new QueueFlowError("confirmation_required", message);
  }
  const { text, ...stored } = await storeNewKey(servers, key);
  // The key is shown only now, so that a Redis that is away must not cost the response.
  const isInForce = await putNewKeyInForce(servers).then(
    () => true,
    () => false,
  );
  const created = { key: text, ...keyJson(stored), in_force: isInForce };
  return Response.json(created, { status: 201 });
}

async function revokeOne(request: Administered): Promise<Response> {
  const { key_id, ...others } = await request.readFields();
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new InvalidFieldsError({
      [other]: `Expected the field key_id only, got ${describeValue(other)}`,
    });
  }
  const { keyId } = await keyInScope(request, key_id);
  const revoked = await revoke(request.servers, keyId);
  if (revoked === undefined) throw unknownKey(keyId);
  return Response.json(keyJson(revoked));
}

async function deleteOne(request: Administered): Promise<Response> {
  const { scope, servers, parameters } = request;
  const { keyId } = await keyInScope(request, parameters.get("key_id"));
  const opens = await whatOpens(servers, [keyId]);
  // Its holder could otherwise open what other sites rely on.
  if (opens.includes(ALL_READS)) expectInScope(scope, EVERY_SITE);
  const confirm = parameters.get("confirm");
  if (opens.length > 0 && !isConfirmed(confirm === "true" ? true : (confirm ?? false))) {
    const message = `No key is left then, and ${opens.join(" and ")} needs none any more: expected confirm=true, got ${describeValue(confirm)}`;
    throw new QueueFlowError("confirmation_required", message);
  }
  const outcome = await deleteEnded(servers, keyId);
  if (outcome === "unknown") throw unknownKey(keyId);
  if (outcome === "in force") {
    const message = `Expected a key that is revoked or expired, got ${describeValue(keyId)}, which is in force`;
    throw new QueueFlowError("key_in_force", message);
  }
  return Response.json({ key_id: keyId, opened: opens });
}

/** @throws InvalidFieldsError for another value than a boolean. */
function isConfirmed(confirm: unknown): boolean {
  if (typeof confirm === "boolean") return confirm;
  throw new InvalidFieldsError({
    confirm: `Expected confirm to be true or false, got ${describeValue(confirm)}`,
  });
}

/** A key of another site is as unknown as one that does not exist. */
async function keyInScope({ scope, servers }: Administered, value: unknown): Promise<StoredKey> {
  const keyId = requiredText("key_id", value, KEY_ID_BYTES_MAX);
  const keys = await listKeys(servers.database, scope === EVERY_SITE ? {} : { siteId: scope });
  const found = keys.find((key) => key.keyId === keyId);
  if (found === undefined) throw unknownKey(keyId);
  return found;
}

function unknownKey(keyId: string): QueueFlowError {
  return new QueueFlowError(
    "not_found",
    `Expected the key_id of a key, got ${describeValue(keyId)}`,
  );
}
