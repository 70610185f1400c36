// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the files of a folder with fs.promises, 64 at a time (all at once is slower). For each line
// on its input it runs one round and prints microseconds.
const fs = require('fs');
const path = require('path');
const readline = require('readline');

const folder = process.argv[2];
const paths = fs.readdirSync(folder).map((name) => path.join(folder, name));

async function readSome(contents, counter) {
  while (counter.next < paths.length) {
    const i = counter.next++;
    contents[i] = await fs.promises.readFile(paths[i]);
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const start = process.hrtime.bigint();
    const contents = new Array(paths.length), counter = { next: 0 };
    await Promise.all(Array.from({ length: 64 }, () => readSome(contents, counter)));
    const usec = Number(process.hrtime.bigint() - start) / 1000;
    if (contents.some((one) => one === undefined)) process.exit(1);
    console.log(Math.round(usec));
  }
})();
