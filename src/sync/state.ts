import { defineEntity, p } from '@mikro-orm/core';
import { Group } from '../groups/group.ts';
import { newId } from '../ids.ts';
import { User } from '../users/user.ts';
import type { Change, Note } from './changes.ts';

export const subjectKinds = ['USER', 'GROUP'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

export const triggers = [
  'WEBHOOK',
  'REQUEST',
  'REDELIVERY',
  'APPROVAL',
  'REDRIVE',
  'RECONCILIATION',
  'VANISHED',
  'SIGN_IN',
] as const;
export type Trigger = (typeof triggers)[number];

export const outcomes = [
  'QUEUED',
  'RUNNING',
  'CHANGED',
  'UNCHANGED',
  'COALESCED',
  'HELD',
  'REJECTED',
  'SUPERSEDED',
  'RETRYING',
  'FAILED',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Why a run is held. */
export const brakes = [
  'ALL_OF_A_USER',
  'SHARE_OF_GROUP',
  'SHARE_OF_IDP',
  'ABSENT',
  'LAST_OWNER',
] as const;
export type Brake = (typeof brakes)[number];

const SyncStateSchema = defineEntity({
  name: 'SyncState',
  tableName: 'sync_states',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    idp: p.text(),
    kind: p.text().$type<SubjectKind>(),
    remoteId: p.text(),
    /** Grows with each "look again". While it is ahead of `synced`, there is work. */
    requested: p.bigint('number').default(1),
    synced: p.bigint('number').default(0),
    trigger: p.text().$type<Trigger>(),
    /** People and webhooks (1) go before the nightly reconciliation (0). */
    urgency: p.smallint().default(1),
    deletionAnnounced: p.boolean().default(false),
    dueAt: p.datetime(),
    dirtySince: p.datetime().nullable(),
    /** Until then a worker has it in hand. */
    leasedUntil: p.datetime().nullable(),
    fetchedAt: p.datetime().nullable(),
    syncedAt: p.datetime().nullable(),
    attempts: p.integer().default(0),
    deadAt: p.datetime().nullable(),
    error: p.text().nullable(),
    heldRunId: p.uuid().nullable(),
    approvedRunId: p.uuid().nullable(),
  },
});
export class SyncState extends SyncStateSchema.class {}
SyncStateSchema.setClass(SyncState);

const SyncRunSchema = defineEntity({
  name: 'SyncRun',
  tableName: 'sync_runs',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    idp: p.text(),
    kind: p.text().$type<SubjectKind>(),
    remoteId: p.text(),
    requested: p.bigint('number'),
    trigger: p.text().$type<Trigger>(),
    outcome: p.text().$type<Outcome>(),
    attempt: p.integer().default(1),
    user: () => p.manyToOne(User).ref().nullable(),
    group: () => p.manyToOne(Group).ref().nullable(),
    changes: p.json<Change[]>().default([]),
    notes: p.json<Note[]>().default([]),
    heldFor: p.array().$type<Brake[]>().default([]),
    error: p.text().nullable(),
    queuedAt: p.datetime().onCreate(() => new Date()),
    startedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
  },
});
export class SyncRun extends SyncRunSchema.class {}
SyncRunSchema.setClass(SyncRun);
