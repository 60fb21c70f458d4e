/** A test for paths without leading slash: `*` stays within a folder, `/**` is the folder and all below. */
export function globMatcher(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern.replace(/^\//, '').split('/').map(segment).join('/').replaceAll('/\u0000', '(?:/.*)?').replaceAll('\u0000', '.*')}$`,
      ),
  );
  return (path) => expressions.some((expression) => expression.test(path));
}

function segment(text: string): string {
  if (text === '**') return '\u0000';
  return text
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
}
