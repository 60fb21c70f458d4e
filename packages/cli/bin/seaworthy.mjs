#!/usr/bin/env node
// The door for a machine that has only git, Node 20 and npm: no dependency, no TypeScript, nothing newer than Node 20 knows.
const OLDEST_NODE = 20;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(
    `expected Node ${OLDEST_NODE} or later\n  found    Node ${process.versions.node}\n  do       install Node ${OLDEST_NODE} or later and start again`,
  );
} else if (process.platform === 'win32') {
  fail(
    'expected Linux or macOS\n  found    Windows\n  do       use WSL 2: open a Linux shell there, clone again inside it, and start again',
  );
} else {
  const { launch } = await import('./launch.mjs');
  await launch(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error) => (error.isInterruption ? end(`\n• ${error.message}\n`, error.exitCode) : fail(error.message, error.exitCode)),
  );
}

/**
 * @param {string} message expected, found, do
 * @param {number} [code] by default EX_CONFIG of sysexits.h: the machine isn't as it must be
 */
function fail(message, code = 78) {
  end(`\n✗ ${message}\n`, code);
}

/**
 * @param {string} text
 * @param {number} code
 */
function end(text, code) {
  process.stderr.write(text);
  process.exitCode = code;
}
