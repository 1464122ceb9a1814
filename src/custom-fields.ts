import { z } from 'zod';
import { line, paragraph, webAddress, writing } from './text.ts';

export const customFieldTypes = [
  'TEXT',
  'PARAGRAPH',
  'HTML',
  'NUMBER',
  'BOOLEAN',
  'DATE',
  'URL',
  'CHOICE',
] as const;
export type CustomFieldType = (typeof customFieldTypes)[number];

/** A field that an instance adds to its communities. */
export interface CustomField {
  /** With a namespace, as `kcr:commons_domain`. */
  name: string;
  type: CustomFieldType;
  isRequired: boolean;
  isMultiple: boolean;
  /** What a CHOICE may be. */
  choices: readonly string[];
  /** Language (BCP 47) → title; English is always there. */
  titles: ReadonlyMap<string, string>;
}

const titles = z
  .record(z.string(), z.string().trim().min(1, 'is empty'))
  .refine((it) => it.en !== undefined, 'needs a title in English: "en"');

/** What an instance says of its own fields. */
export const customFieldsFile = z
  .record(
    z
      .string()
      .regex(
        /^[a-z][a-z0-9]{0,31}:[a-z][a-z0-9_]{0,62}$/,
        'is not a name with a namespace, as "kcr:commons_domain"',
      ),
    z
      .strictObject({
        type: z
          .string()
          .transform((it) => it.toUpperCase())
          .pipe(z.enum(customFieldTypes)),
        title: titles,
        required: z.boolean().default(false),
        multiple: z.boolean().default(false),
        choices: z.array(z.string().min(1)).default([]),
      })
      .refine(
        (it) => (it.type === 'CHOICE') === it.choices.length > 0,
        'has choices if it is a CHOICE, and only then',
      ),
  )
  .default({});

export const customFieldsOf = (
  given: z.output<typeof customFieldsFile>,
): ReadonlyMap<string, CustomField> =>
  new Map(
    Object.entries(given).map(([name, { type, title, required, multiple, choices }]) => [
      name,
      {
        name,
        type,
        isRequired: required,
        isMultiple: multiple,
        choices,
        titles: new Map(Object.entries(title)),
      },
    ]),
  );

const most = 10_000;
const plain: Record<Exclude<CustomFieldType, 'CHOICE'>, z.ZodType> = {
  TEXT: line(most),
  PARAGRAPH: paragraph(most),
  HTML: writing(50_000),
  NUMBER: z.number('is not a number'),
  BOOLEAN: z.boolean('is not true or false'),
  DATE: z.iso.date('is not a date, as 2026-11-21'),
  URL: webAddress(),
};

/**
 * What the configured fields may be: each clears with null, and a required one must be there.
 * Unknown fields are refused by name.
 */
export function customFieldsShape(fields: ReadonlyMap<string, CustomField>) {
  const shapes = [...fields.values()].map(({ name, type, isRequired, isMultiple, choices }) => {
    const one =
      type === 'CHOICE'
        ? z.enum(choices as [string, ...string[]], `is none of ${choices.join(', ')}`)
        : plain[type];
    const value = isMultiple
      ? z.array(one, 'is not a list').max(100, 'has more than 100 values')
      : one;
    const isThere = (it: unknown) => it != null && !(Array.isArray(it) && it.length === 0);
    const shape = value.nullish().refine((it) => !isRequired || isThere(it), 'is needed');
    return [name, shape] as const;
  });
  // Of what is not there at all, no shape would be asked; null is a community without any.
  const missing = [...fields.values()].filter((it) => it.isRequired).map((it) => [it.name, null]);
  const whole = (given: unknown) =>
    typeof given === 'object' ? { ...Object.fromEntries(missing), ...given } : given;
  const all = z
    .strictObject(Object.fromEntries(shapes), {
      error: (it) =>
        it.code === 'unrecognized_keys'
          ? `has no field ${it.keys.join(', ')}${fields.size > 0 ? `; there are ${[...fields.keys()].join(', ')}` : ''}`
          : undefined,
    })
    .transform(
      (given): Record<string, unknown> =>
        Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)),
    );
  return z.preprocess(whole, all);
}
