import { sql } from 'kysely';
import type { Config } from '../../config.ts';
import { type Context, rows } from '../../context.ts';
import { type Document, popularityOf } from '../../search/kind.ts';
import { wordsOf } from '../../search/words.ts';
import { plainText } from '../../text.ts';
import type { Identifier } from '../community.ts';
import { stateOf } from '../policy.ts';
import { type CommunityRow, communityColumns } from '../queries.ts';
import { fieldName, isText } from './fields.ts';

interface Row extends CommunityRow {
  page: string | null;
  curationPolicy: string | null;
  members: number;
}

/** Communities by id, as they are found. */
export async function readDocuments(
  ctx: Context,
  ids: readonly string[],
): Promise<Map<string, Document>> {
  const found = await rows(
    ctx,
    sql<Row>`
      select ${communityColumns}, t.page, t.curation_policy as "curationPolicy",
        (select count(*)::int from members m where m.community_id = t.id) as members
      from communities t where t.id = any(${ids})`,
  );
  return new Map(found.map((it) => [it.id, documentOf(ctx.config, it)]));
}

function documentOf(config: Config, it: Row): Document {
  const state = stateOf(it);
  const custom = customOf(config, it.customFields);
  return {
    id: it.id,
    texts: {
      title: [it.title],
      description: given(it.description),
      organizations: it.organizations.flatMap((one) => [one.name, ...spelt(one.identifiers)]),
      funding: it.funding.flatMap(({ funder, award }) => [
        ...[funder.name, ...spelt(funder.identifiers)],
        ...given(award?.title),
        ...given(award?.number),
        ...spelt(award?.identifiers ?? []),
      ]),
      page: given(it.page).map(plainText),
      curation_policy: given(it.curationPolicy).map(plainText),
      custom_fields: Object.values({ ...custom.texts, ...custom.values }).flat(),
      website: given(it.website),
      ...custom.texts,
    },
    values: {
      slug: [it.slug],
      type: given(it.type),
      visibility: [it.visibility],
      state: [state],
      allows_children: [String(it.allowsChildren)],
      members_visibility: [it.membersVisibility],
      member_policy: [it.memberPolicy],
      record_submission_policy: [it.recordSubmissionPolicy],
      review_policy: [it.reviewPolicy],
      audience: [it.visibility === 'PUBLIC' && state === 'LIVE' ? 'EVERYONE' : 'SOME'],
      exact: [it.title, it.slug].map((one) => wordsOf(one).join(' ')),
      ...custom.values,
    },
    dates: { created: it.createdAt, updated: it.updatedAt },
    name: it.title,
    popularity: popularityOf(it.members),
  };
}

const given = (text: string | null | undefined): string[] => (text == null ? [] : [text]);

const spelt = (identifiers: Identifier[]) => identifiers.map((it) => it.identifier);

/** What is in the instance's own fields, by the names under which they are asked for. */
function customOf({ customFields }: Config, filled: Record<string, unknown>) {
  const texts: Record<string, string[]> = {};
  const values: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(filled)) {
    const field = customFields.get(name);
    if (!field) continue;
    const all = [value].flat().map(String);
    const said = field.type === 'HTML' ? all.map(plainText) : all;
    (isText(field) ? texts : values)[fieldName(field)] = said;
  }
  return { texts, values };
}
