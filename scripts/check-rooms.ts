// `npm run check:rooms`: fails when a room imports what it must not know of, or when a file names a path
// of one particular machine.

import { root } from "./entries.ts";
import { findMachinePaths, findRoomBreaches } from "./rooms.ts";

const breaches = [...findRoomBreaches(root), ...findMachinePaths(root)];
for (const { file, line, rule } of breaches) console.error(`${file}:${line} ${rule}`);
if (breaches.length > 0) process.exitCode = 1;
console.log(breaches.length === 0 ? "rooms: no breach" : `rooms: ${breaches.length} breaches`);
