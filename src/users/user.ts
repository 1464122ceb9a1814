import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';

export const userStates = ['ACTIVE', 'SUSPENDED', 'DEACTIVATED'] as const;
export type UserState = (typeof userStates)[number];
export const visibilities = ['PUBLIC', 'RESTRICTED'] as const;
export type Visibility = (typeof visibilities)[number];

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    ...base,
    /** Unique ignoring case, shown as typed. */
    username: p.text(),
    email: p.text().nullable(),
    fullName: p.text().nullable(),
    givenName: p.text().nullable(),
    familyName: p.text().nullable(),
    affiliation: p.text().nullable(),
    orcid: p.text().nullable(),
    locale: p.text().nullable(),
    timeZone: p.text().nullable(),
    visibility: p.text().$type<Visibility>().default('PUBLIC'),
    emailVisibility: p.text().$type<Visibility>().default('RESTRICTED'),
    /** Fields that the user edited here: a sync leaves them alone. */
    lockedFields: p.array().default([]),
    /** SUSPENDED by a sync, which may lift it; DEACTIVATED by a person, which no sync lifts. */
    state: p.text().$type<UserState>().default('ACTIVE'),
    /** When a moderator said that the person is who they say. */
    verifiedAt: p.datetime().nullable(),
    /** Whether the user gets e-mails, and the kinds of them that they do not get. */
    notifies: p.boolean().default(true),
    mutedNotifications: p.array().default([]),
    version: p.integer().version().default(1),
  },
});
export class User extends UserSchema.class {}
UserSchema.setClass(User);

const IdentitySchema = defineEntity({
  name: 'Identity',
  tableName: 'identities',
  properties: {
    ...base,
    idp: p.text(),
    /** How the service knows the user. */
    subject: p.text(),
    user: () => p.manyToOne(User).ref(),
    /** When the service said that it no longer knows the user. */
    goneAt: p.datetime().nullable(),
  },
});
export class Identity extends IdentitySchema.class {}
IdentitySchema.setClass(Identity);

const TokenSchema = defineEntity({
  name: 'Token',
  tableName: 'tokens',
  properties: {
    ...base,
    user: () => p.manyToOne(User).ref(),
    name: p.text(),
    /** The sha256 of the token; the token itself is shown once and kept nowhere. */
    hash: p.blob(),
    expiresAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});
export class Token extends TokenSchema.class {}
TokenSchema.setClass(Token);
