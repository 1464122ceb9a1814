import { defineEntity, p } from '@mikro-orm/core';
import type { Credential } from '../actor.ts';
import { newId } from '../ids.ts';

const AuditEventSchema = defineEntity({
  name: 'AuditEvent',
  tableName: 'audit_events',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    /** What happened, as `community.linked`. */
    act: p.text(),
    actorKind: p.text().$type<'USER' | 'SERVICE' | 'SYSTEM'>(),
    actorId: p.text().nullable(),
    /** By what the actor was known, and from where. */
    via: p.text().$type<Credential['kind']>().nullable(),
    viaId: p.text().nullable(),
    ip: p.text().nullable(),
    subjectType: p.text(),
    subjectId: p.uuid(),
    details: p.json<Record<string, unknown>>(),
    at: p.datetime().onCreate(() => new Date()),
  },
});
export class AuditEvent extends AuditEventSchema.class {}
AuditEventSchema.setClass(AuditEvent);
