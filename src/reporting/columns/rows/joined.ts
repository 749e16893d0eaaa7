export function joined(pages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(pages));
  let at = 0;
  for (const page of pages) {
    bytes.set(page, at);
    at += page.length;
  }
  return bytes;
}

export function joinedIntegers(pages: readonly Uint32Array[]): Uint32Array {
  const integers = new Uint32Array(lengthOf(pages));
  let at = 0;
  for (const page of pages) {
    integers.set(page, at);
    at += page.length;
  }
  return integers;
}

function lengthOf(pages: readonly { readonly length: number }[]): number {
  return pages.reduce((sum, { length }) => sum + length, 0);
}
