import { SITE_ID_BYTES_MAX } from "../../../event/limits.ts";
import { type Administered, expectInScope } from "./administer.ts";
import { requiredText } from "./required-text.ts";

/** Returns the parameter `site_id`. @throws InvalidFieldsError; QueueFlowError `wrong_site`. */
export function siteIn({ scope, parameters }: Administered): string {
  const siteId = requiredText("site_id", parameters.get("site_id"), SITE_ID_BYTES_MAX);
  expectInScope(scope, siteId);
  return siteId;
}
