import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeUserWith } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { indexAll } from '../search/index-all.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

let world: World;
let stranger: { id: string; token: string };
let tokens: Record<'stranger' | 'sync' | 'moderator' | 'admin', string>;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  stranger = await world.makeUser();
  tokens = {
    stranger: stranger.token,
    sync: (await makeUserWith(world, 'SYNC')).token,
    moderator: (await makeUserWith(world, 'MODERATE')).token,
    admin: world.admin,
  };
});
afterAll(() => world.stop());

const indexed = () => indexAll(world, 'users');

/** A user of this name. */
async function person(name: string, columns: Record<string, string | null> = {}) {
  const made = await world.makeUser(`u${randomUUID().slice(0, 8)}`);
  for (const [column, value] of Object.entries({ full_name: name, ...columns })) {
    await world.sql(`update users set ${column} = $2 where id = $1`, [made.id, value]);
  }
  return made;
}

async function send(token: string | undefined, args: string, variables: object = {}) {
  const types = { query: 'String', after: 'String' };
  const used = Object.entries(types).filter(([name]) => args.includes(`$${name}`));
  const head = used.map(([name, type]) => `$${name}: ${type}`).join(', ');
  return world.ask(
    token,
    `query ${head && `(${head})`} { users(${args}) { nodes { fullName } totalCount
      totalCountIsExact parsedQuery warnings { code } engine
      pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`,
    variables,
  );
}

async function list(token: string | undefined, args: string, variables?: object): Promise<Loose> {
  const { data, errors } = await send(token, args, variables);
  expect(errors).toBeUndefined();
  return data.users;
}

const namesOf = ({ nodes }: { nodes: { fullName: string }[] }) => nodes.map((it) => it.fullName);

async function found(query: string, token: string | undefined = tokens.stranger, args = '') {
  const users = await list(token, `query: $query ${args}`, { query });
  expect(users.totalCount).toBe(users.nodes.length);
  return namesOf(users);
}

describe('users(query:)', () => {
  it('is for who is signed in, and the whole list for those who look after accounts', async () => {
    const codes = async (token: string | undefined, query: string | null) => {
      const { errors } = await send(token, 'query: $query', { query });
      return errors?.[0].extensions.code ?? 'ok';
    };

    for (const query of [null, '', '  ', '\0']) {
      expect(await codes(undefined, query)).toBe('UNAUTHENTICATED');
      expect(await codes(tokens.stranger, query)).toBe('FORBIDDEN');
      for (const it of ['sync', 'moderator', 'admin'] as const) {
        expect(await codes(tokens[it], query)).toBe('ok');
      }
    }
    expect(await codes(undefined, 'ada')).toBe('UNAUTHENTICATED');
    for (const token of Object.values(tokens)) expect(await codes(token, 'ada')).toBe('ok');
  });

  it('finds people however their names are typed, those who are called so first', async () => {
    await person('Grace Hopper', { affiliation: 'Navy' });
    await person('Grace Hopperman');
    await person('Grase Hoper');
    await person('Grace', { affiliation: 'Hopper College' });
    await indexed();

    expect(await found('grace hopper')).toEqual([
      'Grace Hopper',
      'Grace Hopperman',
      'Grace',
      'Grase Hoper',
    ]);
    expect(await found('"grace hopper"')).toEqual(['Grace Hopper']);
    expect((await found('GRACE'))[0]).toBe('Grace');
    expect(await found('grace', tokens.stranger, 'sort: NAME')).toEqual([
      'Grace',
      'Grace Hopper',
      'Grace Hopperman',
      'Grase Hoper',
    ]);
    expect(await found('navy')).toEqual(['Grace Hopper']);
    expect(await list(tokens.stranger, 'query: "grace AND (navy"')).toMatchObject({
      parsedQuery: 'grace AND navy',
      warnings: [{ code: 'BROKEN' }],
      engine: 'POSTGRESQL',
      totalCountIsExact: true,
    });
  });

  it('finds by username, by ORCID as it is typed, and by the whole of an address', async () => {
    const orcid = '0000-0002-1825-0097';
    const { username } = await person('Josiah', { orcid, affiliation: null });
    await person('Josiah Mail', { email: 'josiah@example.org', email_visibility: 'PUBLIC' });
    await indexed();

    for (const query of [username, orcid, `https://orcid.org/${orcid}`, `orcid:${orcid}`]) {
      expect([query, await found(query)]).toEqual([query, ['Josiah']]);
    }
    for (const query of ['josiah@example.org', 'JOSIAH@Example.org', 'email:josiah@example.org']) {
      expect([query, await found(query)]).toEqual([query, ['Josiah Mail']]);
    }
    expect(await found('josiah@example.or')).toEqual([]);
  });

  it('finds nobody who hides, is closed or suspended, but oneself', async () => {
    const hidden = await person('Perdita Hidden', { visibility: 'RESTRICTED' });
    await person('Perdita Closed', { state: 'DEACTIVATED' });
    await person('Perdita Gone', { state: 'SUSPENDED' });
    await person('Perdita');
    await indexed();

    for (const query of ['perdita', 'perdi*', 'perdta~', 'per*ta', '* AND perdita']) {
      expect([query, await found(query)]).toEqual([query, ['Perdita']]);
      expect(await found(query, hidden.token, 'sort: NAME')).toEqual(['Perdita', 'Perdita Hidden']);
    }
    expect(await found('hidden closed gone')).toEqual([]);
    expect(await found('visibility:restricted')).toEqual([]);
    expect(await found('perdita AND state:suspended', tokens.sync)).toEqual(['Perdita Gone']);
    expect(await found('perdita', tokens.moderator, 'sort: NAME')).toHaveLength(4);
  });

  it('finds nobody by an address that the viewer cannot see, by any form of query', async () => {
    const email = 'secretive.address@hidden.example';
    const owner = await person('Quiet One', { email });
    await indexed();
    const forms = [
      ...['secretive', 'secretive.address', 'secretive.address@*', 'secretiv?', 'secretivo~'],
      ...['hidden.example', '"secretive address"', '"hidden example"~3', 'email:secretive*'],
      ...[
        'email:[secretive TO secretivez]',
        'email:>secretive',
        'email:*',
        '_exists_:email',
        'email:/secret.*/',
      ],
      ...[`(${email} OR nothing)`, `email:"${email}"`, email, email.toUpperCase()],
      ...[`"${email}"`, `${email}~`, `quiet AND email:${email}`, `email_hidden:${email}`],
    ];

    for (const form of forms) {
      for (const it of ['stranger', 'sync'] as const) {
        expect([form, it, await found(form, tokens[it])]).toEqual([form, it, []]);
      }
    }
    expect(await found(`quiet NOT email:${email}`)).toEqual(['Quiet One']);
    expect(await found(`quiet OR ${email}`)).toEqual(['Quiet One']);
    for (const token of [owner.token, tokens.moderator, tokens.admin]) {
      expect(await found(email, token)).toEqual(['Quiet One']);
    }
  });

  it('answers the same, whoever there is that hides', async () => {
    for (const name of ['Ottokar', 'Ottokar Braun', 'Otto']) await person(name);
    await indexed();
    const queries = ['ottokar', 'otokar~', 'ott*r', 'otto', 'ottilie', 'otilie~', 'NOT ottokar'];
    const answers = async () => {
      const all: Loose[] = [];
      for (const query of queries) {
        for (const sort of ['BEST_MATCH', 'NAME', 'NEWEST']) {
          const args = `query: $query, sort: ${sort}, first: 100`;
          all.push([query, await list(tokens.stranger, args, { query })]);
        }
      }
      return all;
    };
    const before = await answers();
    for (const name of ['Ottokar', 'Ottilie', 'Otilie Otto']) {
      await person(name, { visibility: 'RESTRICTED' });
    }
    await indexed();

    expect(await answers()).toEqual(before);
    expect(await found('ottilie', tokens.sync)).toEqual(['Ottilie', 'Otilie Otto']);
  });

  it.each(['BEST_MATCH', 'NAME', 'NEWEST'])('is paged by %s', async (sort) => {
    const word = `Pager${sort.replace('_', '')}`;
    for (const more of ['C', 'A', 'B', 'D', 'ä']) await person(`${word} ${more}`);
    await indexed();
    const all = await found(word, tokens.stranger, `sort: ${sort}`);
    const listed = async (token: string, args: string) => {
      const names: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: Loose = await list(token, `${args}, sort: ${sort}, first: 2, after: $after`, {
          after,
        });
        names.push(...namesOf(page));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) return names;
      }
    };

    expect(all).toHaveLength(5);
    if (sort === 'NAME') expect(all.map((it) => it.at(-1))).toEqual(['A', 'ä', 'B', 'C', 'D']);
    expect(await listed(tokens.stranger, `query: "${word}"`)).toEqual(all);
    // Without a query those who list all accounts have the same orders, but no best match.
    const mine = (await listed(tokens.moderator, 'query: ""')).filter((it) => it?.startsWith(word));
    if (sort !== 'BEST_MATCH') expect(mine).toEqual(all);
    const { pageInfo } = await list(tokens.stranger, `query: "${word}", sort: ${sort}`);
    const other = sort === 'NAME' ? 'NEWEST' : 'NAME';
    const { errors } = await send(
      tokens.stranger,
      `query: "${word}", sort: ${other}, after: $after`,
      { after: pageInfo.endCursor },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
