import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';
import { User } from '../users/user.ts';

export const linkPurposes = ['SIGN_IN', 'EMAIL', 'REGISTRATION'] as const;
export type LinkPurpose = (typeof linkPurposes)[number];

/** A secret that is good once, for what it was made for. */
const LinkSchema = defineEntity({
  name: 'Link',
  tableName: 'links',
  properties: {
    ...base,
    /** The sha256 of what is in the address. */
    hash: p.blob(),
    purpose: p.text().$type<LinkPurpose>(),
    /** Whose it is; null while there is no account. */
    user: () => p.manyToOne(User).ref().nullable(),
    data: p.json<Record<string, string>>().onCreate(() => ({})),
    expiresAt: p.datetime(),
  },
});
export class Link extends LinkSchema.class {}
LinkSchema.setClass(Link);
