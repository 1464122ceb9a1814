import { extendSchema, type GraphQLSchema, isInputObjectType, isObjectType, parse } from 'graphql';
import { buildSchemaSync, type NonEmptyArray } from 'type-graphql';
import type { Feature } from './feature.ts';
import { nodeResolver } from './node-resolver.ts';

const roots: Record<string, string> = {
  Query: 'Everything that can be asked.',
  Mutation: 'Everything that can be changed.',
};

/** All resolvers of all features as one schema. */
export function makeSchema(features: Feature[]): GraphQLSchema {
  const readers = Object.assign({}, ...features.map((it) => it.nodes));
  const resolvers = [nodeResolver(readers), ...features.flatMap((it) => it.resolvers ?? [])];
  const schema = buildSchemaSync({
    resolvers: resolvers as unknown as NonEmptyArray<new () => object>,
    validate: false,
  });
  const types = Object.values(schema.getTypeMap());
  // `@oneOf`, what the roots are and a field of the root's own type are beyond the decorators.
  for (const type of types) {
    if (isInputObjectType(type) && type.name.endsWith('RefInput')) type.isOneOf = true;
    type.description ??= roots[type.name];
  }
  const payloads = types.filter((it) => isObjectType(it) && it.name.endsWith('Payload'));
  const query = '"""Everything that can be asked, after the change."""\n query: Query!';
  return extendSchema(
    schema,
    parse(payloads.map((it) => `extend type ${it.name} { ${query} }`).join('\n')),
  );
}
