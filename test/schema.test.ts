import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  lexicographicSortSchema,
  parse,
  printSchema,
  validate,
  validateSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../src/app.ts';
import { prefixes } from '../src/ids.ts';

const types = Object.values(schema.getTypeMap())
  .filter((it) => !isIntrospectionType(it))
  .sort((a, b) => a.name.localeCompare(b.name));
const objects = types.filter(isObjectType);
const interfaces = types.filter(isInterfaceType);
const inputs = types.filter(isInputObjectType);
const enums = types.filter(isEnumType);
const withFields = [...objects, ...interfaces];
/** Ids that others gave: a text of theirs is no ID of ours. */
const foreign = new Set(['remoteId', 'messageId']);

interface Place {
  place: string;
  it: { description?: string | null };
}

/** Everything in the schema that can have a description, with where it is. */
const places: Place[] = types
  .filter((it) => !isSpecifiedScalarType(it))
  .flatMap((type): Place[] => [
    { place: type.name, it: type },
    ...fieldsOf(type).map((it) => ({ place: `${type.name}.${it.name}`, it })),
    ...argsOf(type).map(({ field, arg }) => ({
      place: `${type.name}.${field}(${arg.name}:)`,
      it: arg,
    })),
    ...(isEnumType(type)
      ? type.getValues().map((it) => ({ place: `${type.name}.${it.name}`, it }))
      : []),
  ]);

type Field = GraphQLField<unknown, unknown> | GraphQLInputField;

function fieldsOf(type: GraphQLNamedType): Field[] {
  const hasFields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type);
  return hasFields ? Object.values<Field>(type.getFields()) : [];
}

function argsOf(type: GraphQLNamedType): { field: string; arg: GraphQLArgument }[] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((it) =>
    it.args.map((arg) => ({ field: it.name, arg })),
  );
}

const shape = (type: GraphQLNamedType) =>
  Object.fromEntries(fieldsOf(type).map((it) => [it.name, String(it.type)]));

describe('the contract', () => {
  it('is schema/schema.graphql', async () => {
    const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;

    await expect(printed).toMatchFileSnapshot('../schema/schema.graphql');
  });

  it('is a valid schema', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  it('describes deprecated things with what to use instead', () => {
    const all = [...withFields, ...inputs].flatMap(fieldsOf);
    const deprecated = all.filter((it) => it.deprecationReason != null);

    expect(deprecated.filter((it) => !it.deprecationReason?.trim())).toEqual([]);
  });
});

describe('a description', () => {
  it.each(places)('says what $place is', ({ it }) => {
    expect(it.description?.trim()).toMatch(/^\S.*[.`)]$/s);
  });

  it('says the same of a field wherever its interface goes', () => {
    const found = objects.flatMap((type) =>
      type.getInterfaces().flatMap((parent) =>
        Object.values(parent.getFields()).map((field) => ({
          place: `${type.name}.${field.name}`,
          description: type.getFields()[field.name]?.description,
          expected: field.description,
        })),
      ),
    );

    expect(found.filter((it) => it.description !== it.expected)).toEqual([]);
  });
});

describe('a mutation', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  const verbs =
    /^(accept|activate|add|approve|assign|cancel|change|comment|create|deactivate|decline|delete|end|erase|export|feature|invite|leave|link|lock|mark|merge|preview|reconcile|redeliver|redrive|reject|remove|rename|request|restore|retry|revoke|set|sync|unassign|unfeature|unlink|unlock|unmark|update|verify)/;

  it.each(mutations)('begins with a verb: $name', ({ name }) => {
    expect(name).toMatch(/^[a-z][A-Za-z]+$/);
    expect(name).toMatch(verbs);
  });

  it.each(mutations)('takes one input of its own: $name', ({ name, args }) => {
    expect(args.map((it) => `${it.name}: ${it.type}`)).toEqual([`input: ${pascal(name)}Input!`]);
  });

  it.each(mutations)('answers a payload of its own: $name', ({ name, type }) => {
    const { userErrors, query, ...entities } = shape(getNamedType(type));

    expect(getNamedType(type).name).toBe(`${pascal(name)}Payload`);
    expect({ userErrors, query }).toEqual({ userErrors: '[UserError!]!', query: 'Query!' });
    expect(Object.keys(entities)).not.toEqual([]);
    // Null is what they are when the change was refused.
    expect(Object.entries(entities).filter(([, it]) => it.endsWith('!'))).toEqual([]);
  });

  it('has its payload and its input to itself', () => {
    const used = mutations.flatMap((it) => [
      getNamedType(it.type),
      ...it.args.map(({ type }) => getNamedType(type)),
    ]);

    expect(new Set(used).size).toBe(used.length);
  });
});

describe('a list in pages', () => {
  const connections = objects.filter((it) => it.name.endsWith('Connection'));
  const paging = { first: 'Int', after: 'String', last: 'Int', before: 'String' };

  it.each(connections)('has items, cursors and a count: $name', (type) => {
    // The same requests as in other lists, with facets that only these have.
    const item =
      type.name === 'JoiningConnection' ? 'Request' : type.name.replace(/(Search)?Connection$/, '');

    expect(shape(type)).toMatchObject({
      nodes: `[${item}!]!`,
      edges: `[${item}Edge!]!`,
      pageInfo: 'PageInfo!',
      totalCount: 'Int!',
    });
    expect(shape(typeNamed(`${item}Edge`))).toEqual({ node: `${item}!`, cursor: 'String!' });
  });

  it.each(connections.filter((it) => it.getFields().parsedQuery))(
    'says how its query was read, and by whom it was answered: $name',
    (type) => {
      expect(shape(type)).toMatchObject({
        totalCountIsExact: 'Boolean!',
        parsedQuery: 'String',
        warnings: '[SearchWarning!]!',
        engine: 'SearchEngine!',
      });
    },
  );

  it('says where its page lies', () => {
    expect(shape(typeNamed('PageInfo'))).toEqual({
      hasNextPage: 'Boolean!',
      hasPreviousPage: 'Boolean!',
      startCursor: 'String',
      endCursor: 'String',
    });
  });

  const listed = withFields.flatMap((type) =>
    Object.values(type.getFields())
      .filter((it) => getNamedType(it.type).name.endsWith('Connection'))
      .map((field) => ({ place: `${type.name}.${field.name}`, field })),
  );

  it.each(listed)('is asked for by size and cursor: $place', ({ field }) => {
    const args = Object.fromEntries(field.args.map((it) => [it.name, String(it.type)]));

    expect(String(field.type)).toMatch(/!$/);
    expect(args).toMatchObject(paging);
  });
});

describe('a thing with an id', () => {
  it.each(withFields.filter((it) => it.getFields().id && it.name !== 'WebhookEvent'))(
    'has one that is opaque, and never none: $name',
    (type) => {
      expect(String(type.getFields().id?.type)).toBe('ID!');
    },
  );

  it.each(objects.filter((it) => it.getFields().id && it.name !== 'WebhookEvent'))(
    'is a Node with a prefix of its own: $name',
    (type) => {
      expect(type.getInterfaces().map((it) => it.name)).toContain('Node');
      expect(Object.keys(prefixes)).toContain(type.name);
    },
  );

  it('has a prefix of three letters that no other kind has', () => {
    const all = Object.values(prefixes);

    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((it) => !/^[a-z]{3}$/.test(it))).toEqual([]);
  });

  it.each(
    [...withFields, ...inputs].flatMap((type) =>
      [...fieldsOf(type), ...argsOf(type).map(({ arg }) => arg)]
        .filter((it) => /(^|[a-z])Ids?$/.test(it.name) && !foreign.has(it.name))
        .map((it) => ({ place: `${type.name}.${it.name}`, it })),
    ),
  )('is pointed at by an ID: $place', ({ it }) => {
    expect(getNamedType(it.type).name).toBe('ID');
  });
});

describe('an input that means one of several things', () => {
  const refs = inputs.filter((it) => it.name.endsWith('RefInput'));

  it.each(refs)('is @oneOf, and printed so: $name', (type) => {
    expect(type.isOneOf).toBe(true);
    expect(printSchema(schema)).toContain(`input ${type.name} @oneOf {`);
  });

  it.each(inputs.filter((it) => it.isOneOf))('is named as one: $name', (type) => {
    expect(type.name).toMatch(/RefInput$/);
    expect(Object.values(shape(type)).filter((it) => it.endsWith('!'))).toEqual([]);
  });

  it.each([
    ['neither', '{}'],
    ['both', '{ userId: "usr_x", remote: { idp: "a", subject: "b" } }'],
    ['one that is null', '{ userId: null }'],
  ])('refuses %s', (_, user) => {
    const document = parse(`mutation { syncRemoteUser(input: { user: ${user} }) { __typename } }`);

    const errors = validate(schema, document);

    expect(errors.map((it) => it.message).join()).toMatch(/exactly one|must be non-null/i);
  });

  it('takes one', () => {
    const document = parse(
      'mutation { syncRemoteUser(input: { user: { userId: "usr_x" } }) { __typename } }',
    );

    expect(validate(schema, document)).toEqual([]);
  });
});

describe('a type', () => {
  it('can be reached from an operation', () => {
    const seen = new Set<string>();
    const visit = (type: GraphQLNamedType) => {
      if (seen.has(type.name)) return;
      seen.add(type.name);
      for (const it of fieldsOf(type)) visit(getNamedType(it.type));
      for (const { arg } of argsOf(type)) visit(getNamedType(arg.type));
      // What implements an interface that is answered can be answered.
      if (isInterfaceType(type)) implementers(type).forEach(visit);
      if (isUnionType(type)) type.getTypes().forEach(visit);
      if (isObjectType(type)) type.getInterfaces().forEach(visit);
    };

    for (const root of [schema.getQueryType(), schema.getMutationType()]) if (root) visit(root);

    const unreached = types.filter((it) => !seen.has(it.name) && !isSpecifiedScalarType(it));
    expect(unreached.map((it) => it.name)).toEqual([]);
  });

  it.each(types.filter((it) => !isSpecifiedScalarType(it)))('is in PascalCase: $name', (type) => {
    expect(type.name).toMatch(/^([A-Z][a-z]*)+$|^JSONObject$/);
  });

  it.each([...withFields, ...inputs])('has fields in camelCase: $name', (type) => {
    const names = [...fieldsOf(type), ...argsOf(type).map(({ arg }) => arg)].map((it) => it.name);

    expect(names.filter((it) => !/^[a-z][A-Za-z]*$/.test(it))).toEqual([]);
  });

  it.each(enums)('has values in UPPER_SNAKE, each a meaning of its own: $name', (type) => {
    const values = type.getValues();

    expect(values.filter((it) => !/^[A-Z]+(_[A-Z]+)*$/.test(it.name))).toEqual([]);
    expect(new Set(values.map((it) => it.description)).size).toBe(values.length);
  });

  it.each(inputs)('is an Input by name if it is sent: $name', ({ name }) => {
    expect(name).toMatch(/Input$/);
  });
});

describe('an interface', () => {
  it.each(interfaces)('has something that implements it: $name', (type) => {
    expect(implementers(type)).not.toEqual([]);
  });

  it('of mistakes has the same three fields in each of its members', () => {
    const errors = implementers(typeNamed('UserError') as GraphQLInterfaceType);

    expect(errors.map((it) => it.name).sort()).toEqual(['InputError', 'VersionConflictError']);
    for (const it of errors) {
      expect(shape(it)).toMatchObject({
        message: 'String!',
        code: 'UserErrorCode!',
        path: '[String!]',
      });
    }
  });
});

function typeNamed(name: string): GraphQLNamedType {
  const type = schema.getType(name);
  if (!type) throw new Error(`There is no type ${name}.`);
  return type;
}

function implementers(type: GraphQLInterfaceType) {
  return schema.getPossibleTypes(type);
}

function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
