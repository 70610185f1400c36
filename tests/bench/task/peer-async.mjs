// SPDX-License-Identifier: GPL-3.0-or-later
// What bench-async compares with: Node.js. Prints nanoseconds of CPU time for one task, and for one await.
const [nTasks, nAwaits] = process.argv.slice(2).map(Number);

function cpuNsec() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

async function nothing() {
  await undefined;
}

async function spawn() {
  const start = cpuNsec();
  await Promise.all(Array.from({ length: nTasks }, nothing));
  return (cpuNsec() - start) / nTasks;
}

async function awaits() {
  const start = cpuNsec();
  for (let i = 0; i < nAwaits; i++)
    await new Promise(resolve => setImmediate(resolve));
  return (cpuNsec() - start) / nAwaits;
}

console.log(await spawn(), await awaits());
