import { z } from 'zod';
import type { Config } from '../config.ts';
import { customFieldsShape } from '../custom-fields.ts';
import { html, line, note, paragraph, webAddress } from '../text.ts';
import { visibilities } from '../users/user.ts';
import { memberPolicies, reviewPolicies, submissionPolicies } from './community.ts';
import { identifierShape } from './identifiers.ts';
import { isReserved } from './slugs.ts';

/** A name in addresses; written in lower case whatever was typed. */
export const slugShape = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^(?=.*[a-z0-9])[a-z0-9_-]{1,100}$/,
    'needs 1 to 100 letters, digits, "-" or "_", and a letter or digit among them',
  )
  .refine((it) => !isReserved(it), 'is a word of ours, or looks like an id');

const most = 100;
const few = <T extends z.ZodType>(shape: T) =>
  z.array(shape, 'is not a list').max(most, `has more than ${most} items`);
const identifiers = few(identifierShape)
  .nullish()
  .transform((it) => it ?? []);
const named = z.object({ name: line(250), identifiers });

const organizations = few(named)
  .nullable()
  .transform((it) => it ?? [])
  .superRefine((all, ctx) => {
    const keys = all.map((it) => JSON.stringify(it.identifiers[0] ?? it.name.toLowerCase()));
    keys.forEach((key, index) => {
      if (keys.indexOf(key) === index) return;
      ctx.addIssue({ code: 'custom', message: 'is there twice', path: [index] });
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

/** What people may say of a community: absent leaves alone, null clears. */
function changes({ vocabularies, customFields }: Config) {
  const types = vocabularies.communityTypes;
  return z.object({
    title: line(250).optional(),
    description: paragraph(2000).nullish(),
    curationPolicy: markup,
    page: markup,
    website: webAddress().nullish(),
    typeId: z
      .string()
      .refine((it) => types.has(it), `is none of: ${[...types.keys()].join(', ')}`)
      .nullish(),
    organizations: organizations.optional(),
    funding: funding.optional(),
    access,
    customFields: customFieldsShape(customFields)
      .nullable()
      .transform((it) => it ?? {})
      .optional(),
    theme: theme.optional(),
    allowsChildren: z.boolean('cannot be cleared').optional(),
    parentId: z.string().nullish(),
  });
}

export const communityChanges = changes;
export type CommunityChanges = z.output<ReturnType<typeof changes>>;

/** A new community: what must be there is, among it the required custom fields. */
export const newCommunity = (config: Config) =>
  changes(config).extend({
    slug: slugShape,
    title: line(250),
    customFields: z.preprocess((it) => it ?? {}, customFieldsShape(config.customFields)),
  });
export type NewCommunity = z.output<ReturnType<typeof newCommunity>>;

/** What is said of a community that is no more. */
export const tombstoneShape = ({ vocabularies: { removalReasons } }: Config) =>
  z.object({
    reasonId: z
      .string()
      .refine(
        (it) => removalReasons.has(it),
        `is none of: ${[...removalReasons.keys()].join(', ')}`,
      )
      .nullish(),
    note: note(10_000).nullish(),
    citationText: note(10_000).nullish(),
    isVisible: z.boolean('cannot be cleared').optional(),
  });
