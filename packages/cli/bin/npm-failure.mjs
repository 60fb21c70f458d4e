/** EX_UNAVAILABLE and EX_CONFIG of sysexits.h, as packages/cli/src/errors.ts has them. */
const [UNAVAILABLE, CONFIG] = [69, 78];
/** What npm's output says, and what to do about it; the first that matches counts. Then the exit code, where it is not the machine's own fault. */
const CAUSES = [
  [/ENOSPC/, 'no space left on the disk', 'free about 2 GB (df -h .) and start again'],
  [/EACCES|EPERM|EROFS/, 'the folder cannot be written', 'give your user the right to write to this clone and start again'],
  [
    /CERT_NOT_YET_VALID|CERT_HAS_EXPIRED|certificate (is not yet valid|has expired)/,
    "a certificate that is not valid at this machine's date",
    "compare the clock with the true time (date), set it (timedatectl set-ntp true; WSL: wsl --shutdown), and start again; if it is right, the registry's own certificate has expired",
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_/,
    'a certificate that npm does not trust',
    'behind a proxy that re-signs TLS: npm config set cafile /path/to/its-ca.pem, and start again',
  ],
  [
    /E407|Proxy Authentication/i,
    'the proxy asks for a password',
    'npm config set https-proxy http://<user>:<password>@<proxy>:<port>, and start again',
  ],
  [/E401|E403|ENEEDAUTH/, 'the npm registry refuses', 'check `npm config get registry` and your login there (npm login), and start again'],
  [
    /EINTEGRITY/,
    'a package that differs from the one package-lock.json names',
    'somebody altered it on its way: ask who runs your npm registry or proxy; npm cache clean --force if only the cache is damaged',
    UNAVAILABLE,
  ],
  [
    /EUSAGE|can only install|Missing: /,
    'package.json and package-lock.json disagree',
    'take both from the same commit (git status), or npm install after an edit of package.json',
  ],
  [
    /E404|ETARGET|notarget/,
    'the npm registry lacks a package that package-lock.json names',
    'check `npm config get registry`; a mirror may need to be told to fetch it',
    UNAVAILABLE,
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|network/i,
    'the npm registry does not answer',
    'check the network and `npm config get registry`, `npm config get https-proxy`, and start again',
    UNAVAILABLE,
  ],
];
const LAST_LINES = 8;

/**
 * @param {string} verb npm's own: ci, rebuild
 * @param {number | null} code
 * @param {string} output the end of what npm wrote
 * @returns {Error} expected, found, do, and npm's own last lines; with the exit code that says whose fault it is
 */
export function npmError(verb, code, output) {
  const [, found, remedy, exitCode = CONFIG] = CAUSES.find(([pattern]) => pattern.test(output)) ?? [
    undefined,
    `npm ended with code ${code}`,
    'run it by hand to see all it says, then start again',
  ];
  const said = tellingLines(output).map((line) => `  │ ${line}`);
  const message = `expected npm ${verb} to succeed\n  found    ${found}\n  do       ${remedy}\n\n${said.join('\n')}`;
  return Object.assign(new Error(message), { exitCode });
}

/** Where the locks disagree npm names the packages and then prints its whole usage: the names are what counts. */
function tellingLines(output) {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trimEnd())
    .filter((line) => line && !/A complete log of this run|^npm warn /.test(line));
  const named = lines.filter((line) => /^(Missing|Invalid): /.test(line));
  return named.length > 0 ? named.slice(0, LAST_LINES) : lines.slice(-LAST_LINES);
}
