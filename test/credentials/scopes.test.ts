import {
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Actor, type Scope, scopes } from '../../src/actor.ts';
import { schema } from '../../src/app.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import { toGlobalId } from '../../src/ids.ts';
import { makeCommunity } from '../api/make.ts';
import { upload } from '../helpers/upload.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { allRows, forgetLimits } from './kit.ts';

let world: World;
/** An administrator's tokens, by their scopes. */
const tokens = new Map<string, string>();
const key = (some: readonly Scope[]) => some.join(' ');
const sets: readonly Scope[][] = [[], ...scopes.map((it) => [it]), [...scopes]];

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  for (const it of sets) {
    const { token } = await createToken(world.app.begin(Actor.system), {
      username: 'the-administrator',
      name: key(it) || 'none',
      scopes: it,
    });
    tokens.set(key(it), token);
  }
  // Their use is written down once a minute: not while rows are compared.
  await world.sql(`update tokens set last_used_at = now() + interval '1 hour'`);
});
afterAll(() => world.stop());
beforeEach(() => forgetLimits(world));

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

/** The least that an argument can be. */
function least(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return least(type.ofType);
  if (isListType(type)) return [least(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const all = Object.values(type.getFields());
    const needed = type.isOneOf ? all.slice(0, 1) : all.filter((it) => isNonNullType(it.type));
    return Object.fromEntries(needed.map((it) => [it.name, least(it.type)]));
  }
  const leaves: Record<string, unknown> = {
    Int: 1,
    Boolean: true,
    DateTimeISO: '2030-01-01T00:00:00Z',
    JSONObject: {},
    Upload: null,
  };
  return leaves[getNamedType(type).name] ?? (getNamedType(type).name in leaves ? null : 'x');
}

function run({ name, args }: (typeof mutations)[number], token: string) {
  const [arg] = args;
  if (!arg) throw new Error(`${name} takes nothing`);
  const input = least(arg.type) as object;
  const query = `mutation ($input: ${arg.type}) { ${name}(input: $input) { __typename } }`;
  const takesFile = 'file' in input;
  return takesFile
    ? upload(world, token, query, input, new Uint8Array([1]))
    : world.ask(token, query, { input });
}

describe('every mutation', () => {
  it.each(mutations)('says which scope it needs: $name', ({ extensions }) => {
    expect(scopes).toContain(extensions.scope);
  });

  it.each(mutations)('is refused to a token without scopes: $name', async (mutation) => {
    const before = await allRows(world);

    const { data, errors } = await run(mutation, tokens.get('') as string);

    expect(errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', scope: mutation.extensions.scope } },
    ]);
    expect(data ?? null).toBeNull();
    expect(await allRows(world)).toBe(before);
  });

  it.each(mutations)('is refused to one with all scopes but its own: $name', async (mutation) => {
    const rest = scopes.filter((it) => it !== mutation.extensions.scope);
    await world.sql('update tokens set scopes = $1 where name = $2', [rest, 'none']);

    const { errors } = await run(mutation, tokens.get('') as string);

    await world.sql(`update tokens set scopes = '{}' where name = 'none'`);
    expect(errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', scope: mutation.extensions.scope } },
    ]);
  });
});

describe('an administrator’s token', () => {
  it.each<[string, Scope]>([
    ['createCommunity(input: { slug: "scoped", title: "Scoped" })', 'COMMUNITIES'],
    ['updateNotifications(input: {})', 'ACCOUNT'],
    ['createToken(input: { name: "x", scopes: [] })', 'ACCOUNT'],
    ['endOtherSessions(input: {})', 'ACCOUNT'],
    ['reconcile(input: { idp: "knowledgeCommons" })', 'SYNC'],
    ['verifyUser(input: { userId: "usr_x", isVerified: true })', 'MODERATE'],
    ['approveSync(input: { runIds: ["run_x"] })', 'ADMINISTER'],
  ])('may %s with the scope %s alone', async (field, scope) => {
    const seen: Record<string, unknown> = {};
    for (const [name, token] of tokens) {
      const { errors } = await world.ask(token, `mutation { ${field} { __typename } }`);
      seen[name] = errors ? errors[0].extensions : 'done';
    }

    const refused = { code: 'FORBIDDEN', scope };
    expect(seen).toEqual(
      Object.fromEntries(sets.map((it) => [key(it), it.includes(scope) ? 'done' : refused])),
    );
  });

  it.each<[string, Scope[]]>([
    ['{ auditLog { totalCount } }', ['ADMINISTER']],
    ['{ mails { totalCount } }', ['ADMINISTER']],
    ['{ syncRuns { totalCount } }', ['SYNC', 'ADMINISTER']],
    ['{ webhookDeliveries { totalCount } }', ['SYNC', 'ADMINISTER']],
    ['{ users { totalCount } }', ['SYNC', 'MODERATE', 'ADMINISTER']],
    ['{ roles { totalCount } }', ['SYNC', 'MODERATE', 'ADMINISTER']],
    ['{ viewer { username email tokens { totalCount } sessions { totalCount } } }', [...scopes]],
    ['{ communities { totalCount } }', [...scopes]],
  ])('may read %s with one of %j', async (query, needed) => {
    const isOpen = needed.length === scopes.length;
    for (const it of sets) {
      const { errors } = await world.ask(tokens.get(key(it)), query);
      const may = isOpen || it.some((scope) => needed.includes(scope));
      expect([key(it), errors?.[0].extensions.code]).toEqual([
        key(it),
        may ? undefined : 'FORBIDDEN',
      ]);
    }
  });

  it('brings along no right that its owner has not', async () => {
    const { token } = await world.makeUser();

    const { errors } = await world.ask(token, '{ auditLog { totalCount } }');

    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('a token without scopes', () => {
  it('reads what its owner reads without rights in the whole instance', async () => {
    const [owner, other] = [await world.makeUser(), await world.makeUser()];
    const { token } = await createToken(world.app.begin(Actor.system), {
      username: owner.username,
      name: 'reader',
      scopes: [],
    });
    await world.sql(`update users set email = username || '@example.org' where id = any($1)`, [
      [owner.id, other.id],
    ]);
    const own = await makeCommunity(world, {
      visibility: 'RESTRICTED',
      users: [{ uuid: owner.id, id: '' }],
    });
    const foreign = await makeCommunity(world, { visibility: 'RESTRICTED' });
    const query = `{
      viewer { email tokens { totalCount } }
      own: community(slug: "${own.slug}") { viewerLevel }
      foreign: community(slug: "${foreign.slug}") { id }
      other: node(id: "${toGlobalId('User', other.id)}") { ... on User { username email } }
    }`;

    const byToken = (await world.ask(token, query)).data;
    const byAdministrator = (await world.ask(tokens.get(''), query)).data;

    expect(byToken).toEqual({
      viewer: { email: `${owner.username}@example.org`, tokens: { totalCount: 2 } },
      own: { viewerLevel: 'READER' },
      foreign: null,
      other: { username: other.username, email: null },
    });
    expect(byAdministrator).toMatchObject({ own: null, foreign: null, other: { email: null } });
  });
});
