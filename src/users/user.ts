import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';

export const userStates = ['ACTIVE', 'SUSPENDED', 'DEACTIVATED'] as const;
export type UserState = (typeof userStates)[number];
export const visibilities = ['PUBLIC', 'RESTRICTED'] as const;
export type Visibility = (typeof visibilities)[number];

/** The parts of a name that KCWorks tells apart; what is absent is not known. */
export const namePartKeys = [
  'given',
  'middle',
  'family',
  'familyPrefix',
  'familyPrefixFixed',
  'spousal',
  'parental',
  'undivided',
  'suffix',
  'nickname',
] as const;
export type NameParts = Partial<Record<(typeof namePartKeys)[number], string>>;

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
    /** What was said here of the parts of the name; it goes before what services say. */
    nameParts: p.json<NameParts>().onCreate(() => ({})),
    /** When the user showed that the address is theirs. */
    emailVerifiedAt: p.datetime().nullable(),
    /** When a moderator said that the person is who they say. */
    verifiedAt: p.datetime().nullable(),
    /** Whether the user gets e-mails, and the kinds of them that they do not get. */
    notifies: p.boolean().default(true),
    mutedNotifications: p.array().default([]),
    /** The account that this one went into: nothing of it is used any more. */
    mergedInto: () => p.manyToOne(User).ref().nullable(),
    /** When all that tells of the person was removed. */
    erasedAt: p.datetime().nullable(),
    /** What lets the user in, and was made before, does so no more. */
    lockedOutAt: p.datetime().nullable(),
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
