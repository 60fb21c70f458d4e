import { fromSeed } from '@nats-io/nkeys';

/**
 * NATS' accounts and users. A user is a public key: this file holds no secret. Orders may write its own stream, keep its own place in it,
 * and put aside what nobody understands; it may neither read other inboxes nor delete anything.
 */
export function messagingAccounts(ordersKey: string): string {
  const user = fromSeed(new TextEncoder().encode(ordersKey)).getPublicKey();
  return `accounts {
  SEAWORTHY: {
    jetstream: enabled
    users: [
      {
        nkey: ${user}
        permissions: {
          publish: { allow: [${ORDERS_MAY_SEND.map((subject) => `"${subject}"`).join(', ')}] }
          subscribe: { allow: ["_INBOX.orders.>", "orders.>"] }
        }
      }
    ]
  }
}
`;
}

const API = '$JS.API';
const ORDERS_MAY_SEND = [
  'orders.>',
  'dead.ORDERS.>',
  `${API}.STREAM.CREATE.ORDERS`,
  `${API}.STREAM.CREATE.DEAD_LETTERS`,
  `${API}.STREAM.INFO.ORDERS`,
  `${API}.CONSUMER.*.ORDERS.>`,
  `${API}.CONSUMER.MSG.NEXT.ORDERS.>`,
  '$JS.ACK.ORDERS.>',
];
