import { sql } from 'kysely';
import type { Config } from '../../config.ts';
import type { Kind } from '../../search/kind.ts';
import { readDocuments } from './documents.ts';
import { aliases, fieldsOf } from './fields.ts';
import { lookUp } from './look-up.ts';

/** How the communities of an instance are searched. */
export const communityKind = (config: Config): Kind => ({
  name: 'communities',
  fields: fieldsOf(config),
  aliases,
  joins: 'OR',
  columns: ['type', 'visibility', 'state', 'allows_children', 'audience'],
  counted: ['type', 'visibility'],
  source: 'communities',
  lookUp,
  people: sql`select community_id as id, count(*)::int as people from members group by community_id`,
  read: readDocuments,
});
