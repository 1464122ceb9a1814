import { defineEntity, p } from '@mikro-orm/core';
import type { Scope } from '../actor.ts';
import { base } from '../base.ts';
import { User } from '../users/user.ts';

const TokenSchema = defineEntity({
  name: 'Token',
  tableName: 'tokens',
  properties: {
    ...base,
    user: () => p.manyToOne(User).ref(),
    name: p.text(),
    /** The sha256 of the token; the token itself is shown once and kept nowhere. */
    hash: p.blob(),
    /** The last characters, by which its owner knows it again. */
    hint: p.text(),
    scopes: p.array().$type<Scope[]>(),
    expiresAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    lastUsedFrom: p.text().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});
export class Token extends TokenSchema.class {}
TokenSchema.setClass(Token);
