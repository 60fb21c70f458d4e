/** Sample customers of the sample shop: two, so that one can try for the other's orders. Their passwords lie beside the developer's. */
export const CUSTOMERS = ['marina', 'nemo'] as const;
export type Customer = (typeof CUSTOMERS)[number];
