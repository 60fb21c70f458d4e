// Somebody's code in a replica: takes memory without end, and writes into all of it. It stops by itself 1 GiB beyond a replica's limit.
import { writeSync } from 'node:fs';

const PIECE_MB = 16;
const MOST_MB = 1_280;
const held = [];

while (held.length * PIECE_MB < MOST_MB) {
  held.push(Buffer.alloc(PIECE_MB * 1024 * 1024, 1));
  // at once: who is killed says nothing more
  writeSync(1, `taken=${held.length * PIECE_MB}\n`);
}
console.log(`findings=${JSON.stringify({ takenMb: held.length * PIECE_MB })}`);
