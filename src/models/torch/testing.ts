/** @file Zip archives for tests: entries stored as they are. */

const FULL = 0xffffffff;

/** The end record in 64 bits, and where it stands. */
function largeEnd(count: number, size: number, offset: number): Uint8Array {
  const bytes = new Uint8Array(56 + 20);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x06064b50, true);
  for (const [i, v] of [count, size, offset].entries())
    view.setBigUint64(32 + 8 * i, BigInt(v), true);
  view.setUint32(56, 0x07064b50, true);
  view.setBigUint64(64, BigInt(offset + size), true);
  return bytes;
}

/** An archive of the given entries; `large` writes sizes and places in 64 bits, as beyond 4 GiB. */
export function storedZip(
  entries: Readonly<Record<string, Uint8Array>>,
  { large = false }: { readonly large?: boolean } = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(entries)) {
    const label = new TextEncoder().encode(name);
    const local = new Uint8Array(30 + label.length);
    const view = new DataView(local.buffer);
    view.setUint32(0, 0x04034b50, true);
    view.setUint32(18, data.length, true);
    view.setUint32(22, data.length, true);
    view.setUint16(26, label.length, true);
    local.set(label, 30);
    const central = new Uint8Array(46 + label.length + (large ? 28 : 0));
    const entry = new DataView(central.buffer);
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint32(20, large ? FULL : data.length, true);
    entry.setUint32(24, large ? FULL : data.length, true);
    entry.setUint16(28, label.length, true);
    entry.setUint32(42, large ? FULL : at, true);
    central.set(label, 46);
    if (large) {
      const extra = 46 + label.length;
      entry.setUint16(30, 28, true);
      entry.setUint16(extra, 1, true);
      entry.setUint16(extra + 2, 24, true);
      for (const [i, v] of [data.length, data.length, at].entries())
        entry.setBigUint64(extra + 4 + 8 * i, BigInt(v), true);
    }
    parts.push(local, data);
    directory.push(central);
    at += local.length + data.length;
  }
  const size = directory.reduce((n, d) => n + d.length, 0);
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(10, large ? 0xffff : directory.length, true);
  view.setUint32(12, large ? FULL : size, true);
  view.setUint32(16, large ? FULL : at, true);
  const records = large ? [largeEnd(directory.length, size, at)] : [];
  const all = [...parts, ...directory, ...records, end];
  const bytes = new Uint8Array(all.reduce((n, p) => n + p.length, 0));
  let to = 0;
  for (const part of all) {
    bytes.set(part, to);
    to += part.length;
  }
  return bytes;
}
