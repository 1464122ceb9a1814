import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';
import { Identity, User } from '../users/user.ts';

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    ...base,
    user: () => p.manyToOne(User).ref(),
    /** By which identity the user came in; null if it was by a link. */
    identity: () => p.manyToOne(Identity).ref().nullable(),
    /** The sha256 of what the cookie holds. */
    hash: p.blob(),
    ip: p.text().nullable(),
    userAgent: p.text().nullable(),
    lastSeenAt: p.datetime().onCreate(() => new Date()),
    /** However much it is used. */
    endsAt: p.datetime(),
  },
});
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);
