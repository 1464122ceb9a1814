import { registerEnumType } from 'type-graphql';

/**
 * An enum of the schema from its values and what each means.
 * @returns what `@Field(() => …)` takes.
 */
export function enumOf<V extends string>(
  name: string,
  description: string,
  meanings: Record<V, string>,
): Record<V, V> {
  const values = Object.fromEntries(Object.keys(meanings).map((it) => [it, it])) as Record<V, V>;
  const valuesConfig = Object.fromEntries(
    Object.entries<string>(meanings).map(([value, meaning]) => [value, { description: meaning }]),
  ) as Record<V, { description: string }>;
  registerEnumType(values, { name, description, valuesConfig });
  return values;
}
