/** A licence expression (SPDX 2.3, annex D) as a tree; `WITH` and `+` are part of the name of a licence. */
type Expression = string | { readonly operator: 'AND' | 'OR'; readonly parts: readonly Expression[] };

const TOKEN = /\(|\)|[^\s()]+/g;
const NAME = /^[A-Za-z0-9.:+-]+$/;

/**
 * Whether what the expression demands can be met with these licences alone: any side of an `OR`, every side of an `AND`.
 * Undefined when it is no expression: what nobody can read, nobody has allowed.
 */
export function isLicenceAllowed(text: string, allowed: ReadonlySet<string>): boolean | undefined {
  const expression = parse(text);
  return expression === undefined ? undefined : isMet(expression, allowed);
}

function isMet(expression: Expression, allowed: ReadonlySet<string>): boolean {
  if (typeof expression === 'string') return allowed.has(expression);
  const { operator, parts } = expression;
  return operator === 'OR' ? parts.some((part) => isMet(part, allowed)) : parts.every((part) => isMet(part, allowed));
}

function parse(text: string): Expression | undefined {
  const tokens = text.match(TOKEN) ?? [];
  let at = 0;
  const level = (operator: 'AND' | 'OR'): Expression | undefined => {
    const parts: Expression[] = [];
    do {
      // AND binds closer than OR
      const part = operator === 'OR' ? level('AND') : term();
      if (part === undefined) return undefined;
      parts.push(part);
    } while (tokens[at]?.toUpperCase() === operator && (at += 1) > 0);
    return parts.length === 1 ? parts[0] : { operator, parts };
  };
  const term = (): Expression | undefined => {
    const token = tokens[at++];
    if (token === '(') {
      const inner = level('OR');
      return tokens[at++] === ')' ? inner : undefined;
    }
    if (token === undefined || !NAME.test(token)) return undefined;
    if (tokens[at]?.toUpperCase() !== 'WITH') return token;
    const exception = tokens[at + 1];
    at += 2;
    return exception === undefined ? undefined : `${token} WITH ${exception}`;
  };
  const whole = level('OR');
  return at === tokens.length ? whole : undefined;
}
