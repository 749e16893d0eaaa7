/** An address as a program may write it. */
export interface WrittenAddress {
  /** As a proxy forwards it. */
  readonly text: string;
  readonly bytes: readonly number[];
  /** In other spellings. */
  readonly others: readonly string[];
}

/** Returns what a file or a connection has in it that tells the address, whole or inside a longer text. */
export function formsOf({ text, bytes, others }: WrittenAddress): readonly Buffer[] {
  const packed = Buffer.from(bytes);
  const texts = [text, ...others];
  const forms = [
    ...texts,
    ...texts.map((each) => Buffer.from(each).toString("hex")),
    ...texts.flatMap(base64Inside),
    packed.toString("hex"),
    packed.toString("hex").toUpperCase(),
    packed.toString("base64").replace(/=*$/, ""),
    packed.toString("base64url"),
    Buffer.from(bytes.toReversed()).toString("hex"),
    ...(bytes.length === 4 ? [String(packed.readUInt32BE())] : []),
  ];
  const found = [...new Set(forms)].map((form) => Buffer.from(form));
  // Four bytes are in any large file.
  return bytes.length === 4 ? found : [...found, packed];
}

/** A text has one of three forms inside the base64 of a longer one, apart from its ends. */
function base64Inside(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]).toString("base64");
    return encoded.slice(
      before === 0 ? 0 : before + 1,
      Math.floor(((before + text.length) * 8) / 6),
    );
  });
}
