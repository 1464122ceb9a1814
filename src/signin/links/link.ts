import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../../base.ts';
import { User } from '../../users/user.ts';
import type { Proof } from '../provider.ts';

/** Who is to have an account, and what they want for it. */
export interface Registration {
  /** The provider's key, and what it proved. */
  provider: string;
  proof: Proof;
  returnTo: string;
  /** What was asked for last, and the sha256 of what confirms the address. */
  wish?: { username: string; email: string; confirmation: string };
}

/** What is kept with a link of each purpose. */
export interface LinkData {
  SIGN_IN: Record<string, never>;
  /** The address that is to be the user's. */
  EMAIL: { email: string };
  REGISTRATION: Registration;
}
export type LinkPurpose = keyof LinkData;

/** A secret that is good once, for what it was made for. */
const LinkSchema = defineEntity({
  name: 'Link',
  tableName: 'links',
  properties: {
    ...base,
    /** The sha256 of what is in the address, or the cookie. */
    hash: p.blob(),
    purpose: p.text().$type<LinkPurpose>(),
    /** Whose it is; null while there is no account. */
    user: () => p.manyToOne(User).ref().nullable(),
    data: p.json<LinkData[LinkPurpose]>(),
    expiresAt: p.datetime(),
  },
});
export class Link extends LinkSchema.class {}
LinkSchema.setClass(Link);
