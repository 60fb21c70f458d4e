export { toCloudEvent } from './cloud-event.ts';
export type { CloudEvent } from './cloud-event.ts';
export { DeliveryModule } from './delivery.module.ts';
export type { DeliveryOptions } from './delivery.module.ts';
export { firstTime, INBOX } from './inbox.ts';
export { OutboxRelay } from './outbox.relay.ts';
export { WorkLoop } from './work.loop.ts';
export type { WorkLoopOptions } from './work.loop.ts';
