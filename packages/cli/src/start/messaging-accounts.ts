import { fromSeed } from '@nats-io/nkeys';
import { SHOP_STREAMS } from '@seaworthy/contracts';

/** Who speaks at NATS. */
export interface MessagingKeys {
  /** seeds of nkeys */
  readonly orders: string;
  readonly payments: string;
}

type Service = keyof MessagingKeys;

/** Whose stream each service reads besides its own, under a durable of its own name. */
const READS: Readonly<Record<Service, Service>> = { orders: 'payments', payments: 'orders' };
const API = '$JS.API';

/**
 * NATS' accounts and users. A user is a public key: this file holds no secret. A service may write its own stream and read it, keep its own
 * place in the stream of the other, and put aside what nobody understands; it may neither read other inboxes nor delete anything, nor speak
 * in the other's name. That is why it may make its stream and not change it: by `republish`, a stream says again under other subjects what it gets.
 */
export function messagingAccounts(keys: MessagingKeys): string {
  return `accounts {
  SEAWORTHY: {
    jetstream: enabled
    users: [
${(['orders', 'payments'] as const).map((service) => user(service, keys[service])).join('\n')}
    ]
  }
}
`;
}

function user(service: Service, seed: string): string {
  const key = fromSeed(new TextEncoder().encode(seed)).getPublicKey();
  const own = SHOP_STREAMS[service].name;
  const other = SHOP_STREAMS[READS[service]].name;
  const publish = [
    `${service}.>`,
    `${API}.STREAM.CREATE.${own}`,
    `${API}.STREAM.CREATE.DEAD_LETTERS`,
    `${API}.STREAM.INFO.${own}`,
    `${API}.CONSUMER.*.${own}.>`,
    `${API}.CONSUMER.MSG.NEXT.${own}.>`,
    `$JS.ACK.${own}.>`,
    `dead.${own}.>`,
    // its place in the other's stream, under its own name alone
    `${API}.CONSUMER.CREATE.${other}.${service}`,
    `${API}.CONSUMER.CREATE.${other}.${service}.>`,
    `${API}.CONSUMER.INFO.${other}.${service}`,
    `${API}.CONSUMER.MSG.NEXT.${other}.${service}`,
    `$JS.ACK.${other}.${service}.>`,
    `dead.${other}.${service}`,
  ];
  const list = (subjects: readonly string[]): string => subjects.map((subject) => `"${subject}"`).join(', ');
  return `      {
        nkey: ${key}
        permissions: {
          publish: { allow: [${list(publish)}] }
          subscribe: { allow: [${list([`_INBOX.${service}.>`, `${service}.>`])}] }
        }
      }`;
}
