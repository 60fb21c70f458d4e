export { ConditionalInterceptor } from './conditional.interceptor.ts';
export { cursorOf } from './cursor.ts';
export type { Cursor } from './cursor.ts';
export { Html, html } from './html.ts';
export { readJsonBodies } from './json-body.ts';
export { closePolitely } from './polite-close.ts';
export { REQUEST_ID_HEADER, requestId } from './request-id.ts';
export { API_HEADERS, PAGE_HEADERS } from './security-headers.ts';
