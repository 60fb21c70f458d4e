/** What proves a claim: the tests and drills that its cell links to. That each is there is asked of every link of every page. */
export function proofsIn(cell: string): string[] {
  return [...cell.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target ?? '').filter((target) => /\.test\.ts$|\/drill\.ts$/.test(target));
}
