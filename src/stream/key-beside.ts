/** Streams on a Redis Cluster: keys beside them need a hash tag, to be in the same slot. */
const clustered = new Set<string>();

/** Returns the name of a key of the engine beside a stream: `events_stream:salts`, or `{events_stream}:salts` on a Redis Cluster. */
export function keyBeside(stream: string, name: string): string {
  return clustered.has(stream) ? `{${stream}}:${name}` : `${stream}:${name}`;
}

/** A stream with a hash tag of its own shares it with the keys beside it anyway. */
export function tagKeysBeside(stream: string): void {
  if (!/\{[^}]+\}/.test(stream)) clustered.add(stream);
}
