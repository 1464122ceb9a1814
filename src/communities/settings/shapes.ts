import { z } from 'zod';
import type { Config } from '../../config.ts';
import { customFieldsShape } from '../../custom-fields.ts';
import { html, line, note, paragraph, webAddress } from '../../text.ts';
import { visibilities } from '../../users/user.ts';
import type { Vocabulary } from '../../vocabulary.ts';
import { memberPolicies, reviewPolicies, submissionPolicies } from '../community.ts';
import { identifierShape } from './identifiers.ts';
import { isReserved } from './slugs.ts';

/** A name in addresses; written in lower case whatever was typed. */
export const slugShape = z
  .string('is not text')
  .trim()
  // Before it is made lower case: there are letters elsewhere whose lower case is one of ours.
  .regex(
    /^(?=.*[A-Za-z0-9])[A-Za-z0-9_-]{1,100}$/,
    'needs 1 to 100 letters, digits, "-" or "_", and a letter or digit among them',
  )
  .toLowerCase()
  .refine((it) => !isReserved(it), 'is a word of ours, or looks like an id');

const most = 100;
const few = <T extends z.ZodType>(shape: T) =>
  z.array(shape, 'is not a list').max(most, `has more than ${most} items`);
const identifiers = few(identifierShape)
  .nullish()
  .transform((it) => it ?? []);
const named = z.object({ name: line(250), identifiers });

/** Different organisations may have one name, but not one identifier. */
const keysOf = ({ name, identifiers }: z.output<typeof named>): string[] =>
  identifiers.length > 0
    ? identifiers.map((it) => `${it.scheme} ${it.identifier}`.toLowerCase())
    : [name.toLowerCase()];

const organizations = few(named)
  .nullable()
  .transform((it) => it ?? [])
  .superRefine((all, ctx) => {
    const seen = new Set<string>();
    all.forEach((it, index) => {
      const keys = keysOf(it);
      if (keys.some((key) => seen.has(key))) {
        ctx.addIssue({ code: 'custom', message: 'is there twice', path: [index] });
      }
      for (const key of keys) seen.add(key);
    });
  });

const award = z
  .object({ title: line(500).nullish(), number: line(100).nullish(), identifiers })
  .refine(
    (it) => it.title || it.number || it.identifiers.length > 0,
    'needs a title, a number or an identifier',
  )
  .transform((it) => ({ ...it, title: it.title ?? null, number: it.number ?? null }));

const funding = few(
  z.object({ funder: named, award: award.nullish().transform((it) => it ?? null) }),
)
  .nullable()
  .transform((it) => it ?? []);

const color = z
  .string()
  .regex(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i, 'is not a colour, as #00508c')
  .nullish();
const theme = z
  .object({
    brand: line(100)
      .nullish()
      .transform((it) => it ?? null),
    isEnabled: z
      .boolean()
      .nullish()
      .transform((it) => it ?? true),
    style: z
      .object({
        fontFamily: line(200).nullish(),
        fontSize: line(20).nullish(),
        primaryColor: color,
        secondaryColor: color,
        tertiaryColor: color,
        primaryTextColor: color,
        secondaryTextColor: color,
        tertiaryTextColor: color,
        mainHeaderBackgroundColor: color,
      })
      .nullish()
      .transform((it) => Object.fromEntries(Object.entries(it ?? {}).filter(([, value]) => value))),
  })
  .nullable();

const markup = html(50_000)
  .transform((it) => it || null)
  .nullish();

/** `null` cannot clear what always has a value. */
const oneOf = <T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `must be one of: ${values.join(', ')}`);
const access = z
  .object(
    {
      visibility: oneOf(visibilities).optional(),
      membersVisibility: oneOf(visibilities).optional(),
      memberPolicy: oneOf(memberPolicies).optional(),
      recordSubmissionPolicy: oneOf(submissionPolicies).optional(),
      reviewPolicy: oneOf(reviewPolicies).optional(),
    },
    'cannot be cleared',
  )
  .optional();

/** Where a word was taken away from a vocabulary, what has it may keep it. */
const wordOf = (vocabulary: Vocabulary, kept?: string | null) =>
  z
    .string('is not text')
    .refine(
      (it) => vocabulary.has(it) || it === kept,
      `is none of: ${[...vocabulary.keys()].join(', ')}`,
    )
    .nullish();

/**
 * What people may say of a community: absent leaves alone, null clears.
 * @param now what it is so far.
 */
export function communityChanges(
  { vocabularies, customFields }: Config,
  now?: { type?: string | null },
) {
  return z.object({
    title: line(250).optional(),
    description: paragraph(2000).nullish(),
    curationPolicy: markup,
    page: markup,
    website: webAddress().nullish(),
    type: wordOf(vocabularies.communityTypes, now?.type),
    organizations: organizations.optional(),
    funding: funding.optional(),
    access,
    customFields: customFieldsShape(customFields).optional(),
    theme: theme.optional(),
    allowsChildren: z.boolean('cannot be cleared').optional(),
    parentId: z.string().nullish(),
  });
}

/** A new community: what must be there is, among it the required custom fields. */
export const newCommunity = (config: Config) =>
  communityChanges(config).extend({
    slug: slugShape,
    title: line(250),
    customFields: z.preprocess((it) => it ?? {}, customFieldsShape(config.customFields)),
  });

/** What is said of a community that is no more. */
export const tombstoneShape = (
  { vocabularies }: Config,
  now: { removalReasonId?: string | null },
) =>
  z.object({
    reason: wordOf(vocabularies.removalReasons, now.removalReasonId),
    note: note(10_000).nullish(),
    citationText: note(10_000).nullish(),
    isVisible: z.boolean('cannot be cleared').optional(),
  });
