import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';
import { Group, Role } from '../groups/group.ts';
import type { Level } from '../level.ts';
import { User, type Visibility } from '../users/user.ts';

const CommunitySchema = defineEntity({
  name: 'Community',
  tableName: 'communities',
  properties: {
    ...base,
    slug: p.text(),
    title: p.text(),
    visibility: p.text().$type<Visibility>().default('PUBLIC'),
    /** The remote group whose community this is. */
    group: () => p.manyToOne(Group).ref().nullable(),
    deletedAt: p.datetime().nullable(),
    version: p.integer().version().default(1),
  },
});
export class Community extends CommunitySchema.class {}
CommunitySchema.setClass(Community);

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
  },
});
export class Member extends MemberSchema.class {}
MemberSchema.setClass(Member);
