/** Query parameters that the Redis client may take from the URL; any other could override a deadline or a queue limit. */
const PARAMETERS: readonly string[] = ["db", "family", "password", "username"];

/** What is wrong with a `REDIS_URL`, one sentence each, without its secrets; empty when nothing is. */
export function redisUrlProblems({ pathname, searchParams }: URL): readonly string[] {
  const problems: string[] = [];
  if (!/^\/?\d*$/.test(pathname)) {
    problems.push(
      "Expected the path of REDIS_URL to be a database number, such as /0, got something else",
    );
  }
  for (const name of new Set(searchParams.keys())) {
    if (PARAMETERS.includes(name)) continue;
    const sentence = `Expected the parameters of REDIS_URL to be among ${PARAMETERS.join(", ")}, got ${name}`;
    problems.push(/tls|ssl/i.test(name) ? `${sentence}; for TLS use rediss://` : sentence);
  }
  return problems;
}
