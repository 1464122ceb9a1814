import type { Config } from '../../config.ts';
import type { CustomField } from '../../custom-fields.ts';
import { uuidOf } from '../../ids.ts';
import type { Field } from '../../search/dialect.ts';

/** What somebody who types a slug means: slugs are in lower case. */
const slug = (text: string) => (/^[\w-]{1,100}$/.test(text) ? text.toLowerCase() : undefined);
const community = (text: string) => (uuidOf('Community', text) ? text : undefined);

const fixed: Record<string, Field> = {
  title: { is: 'text', code: 't', isBare: true, isBegun: true },
  slug: { is: 'keyword', code: 's', read: slug, isBare: true },
  description: { is: 'text', code: 'd', isBare: true },
  organizations: { is: 'text', code: 'o', isBare: true },
  funding: { is: 'text', code: 'f', isBare: true },
  page: { is: 'text', code: 'p', isBare: true },
  curation_policy: { is: 'text', code: 'c', isBare: true },
  custom_fields: { is: 'text', code: 'k', isBare: true },
  website: { is: 'text', code: 'w' },
  type: { is: 'keyword', code: 'y' },
  visibility: { is: 'keyword', code: 'v' },
  state: { is: 'keyword', code: 'l' },
  allows_children: { is: 'keyword', code: 'h' },
  members_visibility: { is: 'keyword', code: 'm' },
  member_policy: { is: 'keyword', code: 'j' },
  record_submission_policy: { is: 'keyword', code: 'r' },
  review_policy: { is: 'keyword', code: 'e' },
  audience: { is: 'keyword', code: 'a', isOurs: true },
  exact: { is: 'keyword', code: 'x', isOurs: true },
  id: { is: 'lookup', read: community },
  parent: { is: 'lookup', read: (text) => community(text) ?? slug(text) },
  created: { is: 'date' },
  updated: { is: 'date' },
};

/** Names that Invenio's users type. */
export const aliases: Record<string, string> = {
  'metadata.title': 'title',
  'metadata.description': 'description',
  'metadata.organizations': 'organizations',
  'metadata.organizations.name': 'organizations',
  'metadata.funding': 'funding',
  'metadata.funding.funder.name': 'funding',
  'metadata.funding.award.title': 'funding',
  'metadata.funding.award.number': 'funding',
  'metadata.page': 'page',
  'metadata.curation_policy': 'curation_policy',
  'metadata.website': 'website',
  'metadata.type': 'type',
  'metadata.type.id': 'type',
  'type.id': 'type',
  'access.visibility': 'visibility',
  'access.members_visibility': 'members_visibility',
  'access.member_policy': 'member_policy',
  'access.record_submission_policy': 'record_submission_policy',
  'access.record_policy': 'record_submission_policy',
  'access.review_policy': 'review_policy',
  'children.allow': 'allows_children',
  'parent.id': 'parent',
  'parent.slug': 'parent',
  created_at: 'created',
  updated_at: 'updated',
};

/** What of communities queries may name, an instance's own fields among it. */
export const fieldsOf = ({
  customFields,
}: Pick<Config, 'customFields'>): Record<string, Field> => ({
  ...fixed,
  ...Object.fromEntries([...customFields.values()].map((it) => [fieldName(it), fieldOf(it)])),
});

/** As Invenio has it; in queries the colon is written as `\\:`. */
export const fieldName = ({ name }: CustomField): string => `custom_fields.${name}`;

/** Whether its words are found, or only the whole value. */
export const isText = ({ type }: CustomField): boolean =>
  type === 'TEXT' || type === 'PARAGRAPH' || type === 'HTML';

/** No word holds the dot that ends the code. */
const fieldOf = (it: CustomField): Field => ({
  is: isText(it) ? 'text' : 'keyword',
  code: `k:${it.name}.`,
});
