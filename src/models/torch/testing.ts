/** @file Zip archives for tests: entries stored as they are. */

/** An archive of the given entries. */
export function storedZip(entries: Readonly<Record<string, Uint8Array>>): Uint8Array {
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
    const central = new Uint8Array(46 + label.length);
    const entry = new DataView(central.buffer);
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint32(20, data.length, true);
    entry.setUint32(24, data.length, true);
    entry.setUint16(28, label.length, true);
    entry.setUint32(42, at, true);
    central.set(label, 46);
    parts.push(local, data);
    directory.push(central);
    at += local.length + data.length;
  }
  const size = directory.reduce((n, d) => n + d.length, 0);
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(10, directory.length, true);
  view.setUint32(12, size, true);
  view.setUint32(16, at, true);
  const all = [...parts, ...directory, end];
  const bytes = new Uint8Array(all.reduce((n, p) => n + p.length, 0));
  let to = 0;
  for (const part of all) {
    bytes.set(part, to);
    to += part.length;
  }
  return bytes;
}
