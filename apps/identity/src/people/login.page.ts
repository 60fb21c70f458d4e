import { createHash } from 'node:crypto';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:22rem;margin:15vh auto;padding:0 1rem;color:#123}
label{display:block;margin:.8rem 0}input{width:100%;padding:.5rem;font:inherit;box-sizing:border-box}
button{padding:.5rem 1.5rem;font:inherit}p[role=alert]{color:#a00}`;

/** No script, no foreign content; the form may end at this service or, by redirect, at the command line's loopback listener. */
export const LOGIN_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "form-action 'self' http://127.0.0.1:*",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** Nothing that came with the request is in the page, so there is nothing to escape. */
export function loginPage(notice = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Seaworthy: log in</title><style>${STYLE}</style></head>
<body><h1>Seaworthy</h1>${notice && `<p role="alert">${notice}</p>`}
<form method="post" autocomplete="on">
<label>Name <input name="name" autocomplete="username" required autofocus maxlength="64"></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required maxlength="256"></label>
<button>Log in</button>
</form></body></html>
`;
}
