// SPDX-License-Identifier: GPL-3.0-or-later
// URI REQUESTS WARM-UP: gets URI so often, ten at a time on connections that are kept, and prints the
// milliseconds.
const http = require('http');
const [uri, requests, warmUp] = [process.argv[2], +process.argv[3], +process.argv[4]];
const agent = new http.Agent({ keepAlive: true, maxSockets: 10 });

function get() {
  return new Promise((resolve, reject) => {
    http.get(uri, { agent }, response => {
      let size = 0;
      response.on('data', chunk => { size += chunk.length; });
      response.on('end', () => size === 1024 ? resolve() : reject(new Error('size')));
    }).on('error', reject);
  });
}

const run = n => Promise.all(Array.from({ length: n }, get));

(async () => {
  await run(warmUp);
  const start = process.hrtime.bigint();
  await run(requests);
  console.log(Number(process.hrtime.bigint() - start) / 1e6, `Node ${process.versions.node}`);
  agent.destroy();
})();
