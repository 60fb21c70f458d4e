const NEXT = /<(?<url>[^<>]+)>\s*;[^<]*?\brel="?next\b/;

/** Where a list goes on, by the `Link` header of the part that was read (RFC 8288; OCI distribution-spec 1.1, "Listing Tags"). */
export function nextPage(link: string | undefined): string | undefined {
  return NEXT.exec(link ?? '')?.groups?.['url'];
}
