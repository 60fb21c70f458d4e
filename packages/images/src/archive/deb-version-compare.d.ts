// The package brings no types of its own.
declare module 'deb-version-compare' {
  /** Order of two versions by Debian Policy 5.6.12: negative, 0 or positive. */
  function compare(one: string, other: string): number;
  export = compare;
}
