// SPDX-License-Identifier: GPL-3.0-or-later
// The jobs of bench-async in Node.js: FOLDER N-FILES URI DATABASE.
//
// Answers lines `JOB N FIRST` with microseconds by the clock and of CPU time. Files are read with its promises, so
// many at a time (all at once is slower); it has no other way that doesn't hold the loop, so many files are read
// as each is. SQLite is built in from Node 22.5 on; before, that job is answered with `none WHY`.
import http from 'node:http';
import path from 'node:path';
import readline from 'node:readline';
import { readFile } from 'node:fs/promises';

const READ_AT_ONCE = 64, GET_AT_ONCE = 10, FILE_BYTES = 4096, BODY_BYTES = 1024;
const [folder, nFiles, uri, pathOfDatabase] = process.argv.slice(2);
const paths = Array.from({ length: +nFiles }, (_, i) => path.join(folder, `file-${String(i).padStart(5, '0')}`));
const agent = new http.Agent({ keepAlive: true, maxSockets: GET_AT_ONCE });

async function nothing() {
  await undefined;
}

function spawn(n) {
  return Promise.all(Array.from({ length: n }, nothing));
}

// As with the others, what is awaited is completed by the loop.
async function wait(n) {
  for (let i = 0; i < n; i++)
    await new Promise(resolve => setImmediate(resolve));
}

async function readFiles(n) {
  const contents = new Array(n);
  let next = 0;

  async function work() {
    while (next < n) {
      const i = next++;
      contents[i] = await readFile(paths[i]);
    }
  }
  await Promise.all(Array.from({ length: READ_AT_ONCE }, work));
  if (contents.some(one => one.length !== FILE_BYTES))
    throw new Error('A file is short');
  return contents;
}

function getOne() {
  return new Promise((resolve, reject) => {
    http.get(uri, { agent }, response => {
      let size = 0;
      response.on('data', chunk => { size += chunk.length; });
      response.on('end', () => size === BODY_BYTES ? resolve() : reject(new Error('size')));
    }).on('error', reject);
  });
}

function get(n) {
  return Promise.all(Array.from({ length: n }, getOne));
}

let statement = null;
try {
  const { DatabaseSync } = await import('node:sqlite');
  statement = new DatabaseSync(pathOfDatabase).prepare('SELECT name, age FROM users WHERE id = ?');
} catch { /* an older Node */ }

async function lookUp(n, first) {
  for (let i = 0; i < n; i++)
    if (statement.get(first + i) === undefined)
      throw new Error('A row is missing');
}

const jobs = { 'spawn': spawn, 'await': wait, 'read-each': readFiles, 'read-many': readFiles, 'get': get };
if (statement)
  jobs['look-up'] = lookUp;

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [name, n, first] = line.split(' ');
  if (!jobs[name]) {
    console.log(`none Node ${process.versions.node} has no SQLite`);
    continue;
  }
  const cpu = process.cpuUsage(), start = process.hrtime.bigint();
  const result = await jobs[name](+n, +first);
  const usec = Number(process.hrtime.bigint() - start) / 1000, used = process.cpuUsage(cpu);
  console.log(Math.round(usec), Math.round(used.user + used.system));
}
agent.destroy();
