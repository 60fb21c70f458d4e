/** A row of an outbox table, but for the column that says what it is about. */
export interface EventRow {
  id: string;
  /** `order.placed`: what it is about, and what happened */
  type: string;
  /** place among the events about the same thing, from 1 */
  sequence: number;
  data: unknown;
  trace: Record<string, string>;
  occurred_at: Date;
}

/** CloudEvents 1.0, JSON format (section 3 of its JSON event format), with the extension `sequence`. */
export interface CloudEvent<T> {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  sequence: number;
  data: T;
}

/** `source`: the service, which is also the first part of its subjects; `about`: the id of what it tells of. */
export function toCloudEvent<T>(row: EventRow & { data: T }, { source, about }: { source: string; about: string }): CloudEvent<T> {
  return {
    specversion: '1.0',
    id: row.id,
    source: `/${source}`,
    type: row.type,
    subject: about,
    time: row.occurred_at.toISOString(),
    datacontenttype: 'application/json',
    sequence: row.sequence,
    data: row.data,
  };
}

/** `orders.placed.<order>`: the id is in the subject, so that who follows one thing need not read of the others. */
export function subjectOf({ type }: Pick<EventRow, 'type'>, { source, about }: { source: string; about: string }): string {
  return `${source}.${type.slice(type.indexOf('.') + 1)}.${about}`;
}
