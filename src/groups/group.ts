import { defineEntity, p } from '@mikro-orm/core';
import type { Right } from '../actor.ts';
import { base } from '../base.ts';
import { User } from '../users/user.ts';

export const groupVisibilities = ['PUBLIC', 'PRIVATE', 'HIDDEN'] as const;
export type GroupVisibility = (typeof groupVisibilities)[number];

const GroupSchema = defineEntity({
  name: 'Group',
  tableName: 'groups',
  properties: {
    ...base,
    idp: p.text(),
    remoteId: p.text(),
    name: p.text().nullable(),
    /** Made of the name; part of how the roles' names are shown, and never parsed. */
    slug: p.text(),
    url: p.text().nullable(),
    avatar: p.text().nullable(),
    description: p.text().nullable(),
    visibility: p.text().$type<GroupVisibility>().nullable(),
    /** The categories that may upload, by the service's word; null if it never said. */
    uploadCategories: p.array().nullable(),
    moderateCategories: p.array().nullable(),
    deletedAt: p.datetime().nullable(),
    version: p.integer().version().default(1),
  },
});
export class Group extends GroupSchema.class {}
GroupSchema.setClass(Group);

const RoleSchema = defineEntity({
  name: 'Role',
  tableName: 'roles',
  properties: {
    ...base,
    /** A local role's name; a remote role's is rendered from its group and category. */
    name: p.text().nullable(),
    group: () => p.manyToOne(Group).ref().nullable(),
    category: p.text().nullable(),
    /** For people: a local role's only. */
    title: p.text().nullable(),
    description: p.text().nullable(),
    /** What its people may do in the whole instance: local roles only. */
    rights: p.array().$type<Right[]>().default([]),
    version: p.integer().version().default(1),
  },
});
export class Role extends RoleSchema.class {}
RoleSchema.setClass(Role);

const AssignmentSchema = defineEntity({
  name: 'Assignment',
  tableName: 'assignments',
  properties: {
    role: () => p.manyToOne(Role).ref().primary(),
    user: () => p.manyToOne(User).ref().primary(),
    /** `LOCAL` or the idp that said so: a sync touches only its own. */
    source: p.text().primary(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});
export class Assignment extends AssignmentSchema.class {}
AssignmentSchema.setClass(Assignment);
