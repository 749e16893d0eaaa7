const RECORD_BYTES = 3;
const NODE_BYTES = 2 * RECORD_BYTES;
const SEPARATOR_BYTES = 16;
const IPV6_BITS = 128;
const METADATA_MARK = Buffer.from("\u00ab\u00cd\u00efMaxMind.com", "latin1");

type Value = string | number | { readonly [name: string]: Value };

/** A node's two branches: another node, or a record. */
interface Node {
  branches: [Node | number | undefined, Node | number | undefined];
}

/** Returns an .mmdb file with a record for each network, given as bits of an IPv6 address. */
export function countryDatabase(records: ReadonlyMap<string, Value>): Buffer {
  const root: Node = { branches: [undefined, undefined] };
  const data: Buffer[] = [];
  let dataBytes = 0;
  for (const [network, record] of records) {
    const encoded = encode(record);
    insert(root, bitsOf(network), dataBytes);
    data.push(encoded);
    dataBytes += encoded.length;
  }
  const nodes = inOrder(root);
  const places = new Map(nodes.map((node, place) => [node, place]));
  const tree = Buffer.concat(
    nodes.map(({ branches }) =>
      Buffer.concat(
        branches.map((branch) => {
          const value =
            branch === undefined
              ? nodes.length
              : typeof branch === "number"
                ? nodes.length + SEPARATOR_BYTES + branch
                : (places.get(branch) ?? 0);
          const record = Buffer.alloc(RECORD_BYTES);
          record.writeUIntBE(value, 0, RECORD_BYTES);
          return record;
        }),
      ),
    ),
  );
  const metadata = encode({
    node_count: nodes.length,
    record_size: (NODE_BYTES * 8) / 2,
    ip_version: 6,
    database_type: "Test",
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
  });
  return Buffer.concat([tree, Buffer.alloc(SEPARATOR_BYTES), ...data, METADATA_MARK, metadata]);
}

/** `203.0.113.0/24` stands below `::/96`, where readers look for IPv4. */
function bitsOf(network: string): string {
  const [address = "", prefix] = network.split("/");
  if (address.includes(":")) {
    const groups = address.split("::");
    const [head = [], tail = []] = groups.map((part) => part.split(":").filter(Boolean));
    const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
    const bits = [...head, ...zeros, ...tail]
      .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
      .join("");
    return bits.slice(0, Number(prefix ?? IPV6_BITS));
  }
  const bits = address
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return "0".repeat(96) + bits.slice(0, Number(prefix ?? 32));
}

function insert(root: Node, bits: string, record: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const side = bit === "1" ? 1 : 0;
    const next = node.branches[side];
    if (typeof next === "object") node = next;
    else {
      const made: Node = { branches: [undefined, undefined] };
      node.branches[side] = made;
      node = made;
    }
  }
  node.branches[bits.endsWith("1") ? 1 : 0] = record;
}

function inOrder(node: Node): readonly Node[] {
  return [
    node,
    ...node.branches.flatMap((each) => (typeof each === "object" ? inOrder(each) : [])),
  ];
}

function encode(value: Value): Buffer {
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([(2 << 5) | bytes.length]), bytes]);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([Buffer.from([(6 << 5) | 4]), bytes]);
  }
  const entries = Object.entries(value);
  const parts = entries.flatMap(([name, each]) => [encode(name), encode(each)]);
  return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...parts]);
}
