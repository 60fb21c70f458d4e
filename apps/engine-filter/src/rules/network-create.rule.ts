import { z } from 'zod';

/** An exercise needs a handful of addresses, and a range is small. */
const ADDRESSES = 16;
const SUBNETS = 256 / ADDRESSES;

/**
 * What a client may ask of `POST /networks/create`: a bridge that leads nowhere. Internal, so that nothing is routed; without an address on
 * the host, so that not even its gateway can be reached; in the range that the operator gave to this client. Strict, as with containers.
 */
export const NetworkCreate = z.strictObject({
  Name: z.string(),
  Driver: z.literal('bridge'),
  CheckDuplicate: z.literal(true),
  Internal: z.literal(true),
  EnableIPv6: z.literal(false),
  Options: z.strictObject({ 'com.docker.network.bridge.inhibit_ipv4': z.literal('true') }),
  IPAM: z.strictObject({ Driver: z.literal('default'), Config: z.tuple([z.strictObject({ Subnet: z.string() })]) }),
  Labels: z.record(z.string().regex(/^dev\.seaworthy\.[a-z.-]{1,60}$/), z.string().max(256)),
});
export type NetworkCreate = z.infer<typeof NetworkCreate>;

/** A range that the operator gives: `10.213.6.0/24`. */
export const SUBNET_RANGE = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.0\/24$/;

/** Whether a subnet is one of those in the range, written in the one way in which it can be. */
export function isWithin(subnet: string, range: string): boolean {
  const start = range.slice(0, range.lastIndexOf('.') + 1);
  return Array.from({ length: SUBNETS }, (_none, index) => `${start}${index * ADDRESSES}/28`).includes(subnet);
}
