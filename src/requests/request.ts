import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';
import type { Level } from '../level.ts';

export const requestKinds = [
  'INVITATION',
  'MEMBERSHIP',
  'SUBCOMMUNITY',
  'SUBCOMMUNITY_INVITATION',
] as const;
export type RequestKind = (typeof requestKinds)[number];
export const requestStates = ['SUBMITTED', 'ACCEPTED', 'DECLINED', 'CANCELLED', 'EXPIRED'] as const;
export type RequestState = (typeof requestStates)[number];
export type ClosedState = Exclude<RequestState, 'SUBMITTED'>;
export type EventKind =
  | ClosedState
  | 'COMMENT'
  | 'COMMENT_DELETED'
  | 'LOCKED'
  | 'UNLOCKED'
  | 'LEVEL_CHANGED';

const RequestSchema = defineEntity({
  name: 'Request',
  tableName: 'requests',
  properties: {
    ...base,
    kind: p.text().$type<RequestKind>(),
    /** As it was written down: a submitted request that is due is expired all the same. */
    state: p.text().$type<RequestState>().default('SUBMITTED'),
    /** The community that is to be joined, by a user or by another community. */
    communityId: p.uuid(),
    /** Who is to become a member; null where a community is to join. */
    userId: p.uuid().nullable(),
    /** The community that is to become a part of the other. */
    childId: p.uuid().nullable(),
    level: p.text().$type<Level>().nullable(),
    createdById: p.uuid().nullable(),
    expiresAt: p.datetime().nullable(),
    closedAt: p.datetime().nullable(),
    lockedAt: p.datetime().nullable(),
    lastActivityAt: p.datetime().onCreate(() => new Date()),
    version: p.integer().version().default(1),
  },
});
export class Request extends RequestSchema.class {}
RequestSchema.setClass(Request);

const RequestEventSchema = defineEntity({
  name: 'RequestEvent',
  tableName: 'request_events',
  properties: {
    ...base,
    request: () => p.manyToOne(Request).ref(),
    kind: p.text().$type<EventKind>(),
    /** Who did it; null if the server itself did. */
    authorId: p.uuid().nullable(),
    /** The comment that this one answers. */
    replyToId: p.uuid().nullable(),
    content: p.text().nullable(),
    details: p.json<Record<string, unknown>>().onCreate(() => ({})),
    version: p.integer().version().default(1),
  },
});
export class RequestEvent extends RequestEventSchema.class {}
RequestEventSchema.setClass(RequestEvent);
