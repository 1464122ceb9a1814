import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';
import { Group, Role } from '../groups/group.ts';
import type { Level } from '../level.ts';
import { User, type Visibility } from '../users/user.ts';

export const memberPolicies = ['OPEN', 'CLOSED'] as const;
export type MemberPolicy = (typeof memberPolicies)[number];
export const submissionPolicies = ['OPEN', 'CLOSED'] as const;
export type SubmissionPolicy = (typeof submissionPolicies)[number];
export const reviewPolicies = ['CLOSED', 'OPEN', 'MEMBERS'] as const;
export type ReviewPolicy = (typeof reviewPolicies)[number];

/** What names a thing elsewhere, as a ROR or a DOI. */
export interface Identifier {
  identifier: string;
  scheme: string;
}
export interface Organization {
  name: string;
  identifiers: Identifier[];
}
export interface Funding {
  funder: { name: string; identifiers: Identifier[] };
  award: { title: string | null; number: string | null; identifiers: Identifier[] } | null;
}

/** How a community looks, where a theme was given to it. */
export interface Theme {
  brand: string | null;
  isEnabled: boolean;
  style: Record<string, unknown>;
}

const CommunitySchema = defineEntity({
  name: 'Community',
  tableName: 'communities',
  properties: {
    ...base,
    slug: p.text(),
    title: p.text(),
    description: p.text().nullable(),
    curationPolicy: p.text().nullable(),
    page: p.text().nullable(),
    website: p.text().nullable(),
    /** A word of the vocabulary of community types. */
    type: p.text().nullable(),
    organizations: p.json<Organization[]>().onCreate(() => []),
    funding: p.json<Funding[]>().onCreate(() => []),
    customFields: p.json<Record<string, unknown>>().onCreate(() => ({})),
    theme: p.json<Theme>().nullable(),
    visibility: p.text().$type<Visibility>().default('PUBLIC'),
    membersVisibility: p.text().$type<Visibility>().default('PUBLIC'),
    memberPolicy: p.text().$type<MemberPolicy>().default('CLOSED'),
    recordSubmissionPolicy: p.text().$type<SubmissionPolicy>().default('OPEN'),
    reviewPolicy: p.text().$type<ReviewPolicy>().default('CLOSED'),
    /** Whether others may become its children; it can have no parent then. */
    allowsChildren: p.boolean().default(false),
    parent: () => p.manyToOne(Community).ref().nullable(),
    /** The remote group whose community this is. */
    group: () => p.manyToOne(Group).ref().nullable(),
    /** Part of the logo's addresses; null where there is none. */
    logoHash: p.text().nullable(),
    deletedAt: p.datetime().nullable(),
    removalReasonId: p.text().nullable(),
    removalNote: p.text().default(''),
    citationText: p.text().default(''),
    isTombstoneVisible: p.boolean().default(true),
    /** Who deleted it; null for the server itself. */
    removedBy: () => p.manyToOne(User).ref().nullable(),
    purgeMarkedAt: p.datetime().nullable(),
    version: p.integer().version().default(1),
  },
});
export class Community extends CommunitySchema.class {}
CommunitySchema.setClass(Community);

const OldSlugSchema = defineEntity({
  name: 'OldSlug',
  tableName: 'old_slugs',
  properties: {
    slug: p.text().primary(),
    community: () => p.manyToOne(Community).ref(),
    leftAt: p.datetime().onCreate(() => new Date()),
  },
});
/** A slug that a community had: it still leads there. */
export class OldSlug extends OldSlugSchema.class {}
OldSlugSchema.setClass(OldSlug);

const FeatureSchema = defineEntity({
  name: 'FeaturedEntry',
  tableName: 'featured_entries',
  properties: {
    ...base,
    community: () => p.manyToOne(Community).ref(),
    startsAt: p.datetime(),
    endsAt: p.datetime().nullable(),
  },
});
/** A time in which a community is put forward. */
export class FeaturedEntry extends FeatureSchema.class {}
FeatureSchema.setClass(FeaturedEntry);

const MemberSchema = defineEntity({
  name: 'Member',
  tableName: 'members',
  properties: {
    ...base,
    community: () => p.manyToOne(Community).ref(),
    /** Either a user or a role. */
    user: () => p.manyToOne(User).ref().nullable(),
    role: () => p.manyToOne(Role).ref().nullable(),
    level: p.text().$type<Level>(),
    /** The level that the group's mapping gave; where `level` differs, a person changed it here. */
    mappedLevel: p.text().$type<Level>().nullable(),
    /** Whether those who are no members see the membership. */
    isVisible: p.boolean().default(false),
    /** Whether the people of a role get the community's e-mails. */
    isNotified: p.boolean().default(true),
  },
});
export class Member extends MemberSchema.class {}
MemberSchema.setClass(Member);
