import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sharp } from '../../src/pictures/decoders.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { formats, small } from '../pictures/makers.ts';
import { type S3Stub, startS3Stub, stubKeys } from '../storage/s3-stub.ts';
import {
  auditOf,
  change,
  done,
  type Founded,
  found,
  member,
  nobody,
  refusals,
  see,
  withRight,
} from './kit.ts';
import { anHourLater, dressed, get, picture, removals, setLogo, whilePutting } from './logo-kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const sizes = [64, 256, 1024];
const extensions = ['webp', 'png'];
const names = sizes.flatMap((size) => extensions.map((it) => `${size}.${it}`)).sort();
const text = (it: string) => new Uint8Array(Buffer.from(it));

/** What there is of a community's logos in the database, by the folder. */
async function stored({ uuid }: Founded): Promise<Record<string, string[]>> {
  const keys = await world.sql<{ key: string }>(
    'select key from stored_files where starts_with(key, $1) order by key',
    [`logos/${uuid}/`],
  );
  return foldersOf(keys.map(({ key }) => key));
}

function foldersOf(keys: string[]): Record<string, string[]> {
  const parts = keys.map((it) => it.split('/').slice(-2) as [string, string]);
  const groups = Object.groupBy(parts, ([hash]) => hash);
  return Object.fromEntries(
    Object.entries(groups).map(([hash, all]) => [hash, all?.map(([, name]) => name).sort()]),
  ) as Record<string, string[]>;
}

const versionOf = async ({ uuid }: Founded) =>
  (await world.sql('select version from communities where id = $1', [uuid]))[0].version;
const hashOf = async ({ uuid }: Founded) =>
  (await world.sql('select logo_hash from communities where id = $1', [uuid]))[0].logo_hash;

/** That nothing at all came of a logo that was sent. */
async function expectUntouched(community: Founded, version = 1): Promise<void> {
  expect(await hashOf(community)).toBeNull();
  expect(await versionOf(community)).toBe(version);
  expect(await auditOf(world, community)).not.toContain('community.logo_set');
}

describe('a logo', () => {
  it.each(formats)('is made of %s, in all sizes, of nothing but its pixels', async (format) => {
    const community = await found(world);
    const told = { IFD0: { Artist: 'Somebody of importance' }, IFD3: { GPSLatitude: '46/1' } };
    const file = await sharp(await small(format))
      .withExif(told)
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
      .toFormat(format, { effort: format === 'avif' ? 1 : undefined })
      .toBuffer();

    const hash = await dressed(world, community, { file: new Uint8Array(file) });

    expect(hash).toMatch(/^[\da-f]{32}$/);
    for (const size of sizes) {
      for (const extension of extensions) {
        const path = `/communities/${community.slug}/logo/${size}/${hash}.${extension}`;
        const response = await get(world, path);
        expect([response.status, response.headers.get('content-type')]).toEqual([
          200,
          `image/${extension}`,
        ]);
        const bytes = Buffer.from(await response.arrayBuffer());
        expect(response.headers.get('content-length')).toBe(`${bytes.length}`);
        const found = await sharp(bytes).metadata();
        expect(found).toMatchObject({ format: extension, width: size, height: size });
        for (const key of ['exif', 'xmp', 'icc', 'iptc']) expect(found).not.toHaveProperty(key);
        expect(bytes.includes('Somebody')).toBe(false);
      }
    }
    expect(await stored(community)).toEqual({ [hash]: names });
  });

  it('makes its community another version, and is written down', async () => {
    const community = await found(world);

    const { community: after } = await setLogo(world, community, { expectedVersion: 1 });

    expect(after).toMatchObject({ id: community.id, version: 2 });
    expect(await auditOf(world, community)).toEqual(['community.created', 'community.logo_set']);
    const [event] = await world.sql(
      `select actor_id, details from audit_events where subject_id = $1 and act = 'community.logo_set'`,
      [community.uuid],
    );
    expect(event).toEqual({ actor_id: community.owner.id, details: { hash: after.logo.hash } });
  });

  it.each(['READER', 'CURATOR', 'MANAGER'] as const)('is not for a %s to set', async (level) => {
    const community = await found(world);
    const { token } = await member(world, community, level);

    expect((await setLogo(world, community, { token })).denied).toBe('FORBIDDEN');
    expect((await setLogo(world, community, { token, file: text('junk') })).denied).toBe(
      'FORBIDDEN',
    );

    await expectUntouched(community);
    expect(await removals(world, community)).toEqual([]);
  });

  it.each(['MODERATE', 'SYNC'])('is not for somebody who may %s to set', async (right) => {
    const community = await found(world);
    const { token } = await withRight(world, right);

    expect((await setLogo(world, community, { token })).denied).toBe('FORBIDDEN');
    await expectUntouched(community);
  });

  it('is not for strangers to set, and nobody’s is read', async () => {
    const community = await found(world);
    const stranger = await world.makeUser();

    expect((await setLogo(world, community, { token: stranger.token })).denied).toBe('FORBIDDEN');
    expect((await setLogo(world, community, { token: '' })).denied).toBe('UNAUTHENTICATED');
    await expectUntouched(community);
  });

  it('is for another owner, and for administrators to set', async () => {
    const community = await found(world);
    const { token } = await member(world, community, 'OWNER');

    const hashes = [
      await dressed(world, community, { token }),
      await dressed(world, community, { token: world.admin }),
    ];

    expect(await hashOf(community)).toBe(hashes[1]);
    expect(await versionOf(community)).toBe(3);
  });

  it('of a community that one does not see is of one that never was', async () => {
    const hidden = await found(world, { access: { visibility: 'RESTRICTED' } });
    const { token } = await world.makeUser();

    const [here, never] = [
      await setLogo(world, hidden, { token }),
      await setLogo(world, { ...hidden, id: nobody() }, { token }),
    ];

    expect(refusals(here)).toEqual(['NOT_FOUND communityId']);
    expect(here).toEqual(never);
    await expectUntouched(hidden);
  });

  it('cannot be given to a community that is deleted', async () => {
    const community = await found(world);
    await done(world, community.owner.token, 'deleteCommunity', { communityId: community.id });
    const { token } = await world.makeUser();

    expect(refusals(await setLogo(world, community))).toEqual(['CONFLICT communityId']);
    expect(refusals(await setLogo(world, community, { token }))).toEqual(['NOT_FOUND communityId']);
    await expectUntouched(community, 2);
  });

  it('is not looked at if its community has changed since it was seen', async () => {
    const community = await found(world);

    const answer = await setLogo(world, community, { file: text('junk'), expectedVersion: 7 });

    expect(answer.userErrors).toMatchObject([
      { code: 'VERSION_CONFLICT', path: ['input', 'expectedVersion'], currentVersion: 1 },
    ]);
    await expectUntouched(community);
  });

  it.each([
    ['empty', '', /empty/],
    ['a text', 'Hello.', /no picture/],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /an SVG/],
    ['a page', '<!doctype html><html></html>', /an HTML/],
    ['a PDF', '%PDF-1.7', /send a PNG/],
  ])('that is %s is a mistake of the input, whatever its name', async (_, content, message) => {
    const community = await found(world);

    const answer = await setLogo(world, community, { file: text(content) });

    expect(answer.userErrors).toEqual([
      { code: 'INVALID', path: ['input', 'file'], message: expect.stringMatching(message) },
    ]);
    await expectUntouched(community);
    expect(await removals(world, community)).toEqual([]);
  });

  it('that is cut off is a mistake of the input', async () => {
    const community = await found(world);
    const whole = await small('jpeg', 300, 200);

    const answer = await setLogo(world, community, {
      file: new Uint8Array(whole.subarray(0, whole.length / 2)),
    });

    expect(refusals(answer)).toEqual(['INVALID file']);
    await expectUntouched(community);
  });
});

describe('while a logo is being made', () => {
  const meanwhile = async (
    community: Founded,
    work: (community: Founded) => Promise<unknown>,
    more: { token?: string; expectedVersion?: number } = {},
  ) => {
    const answer = await whilePutting(
      world,
      () => setLogo(world, community, more),
      () => work(community),
    );
    const left = Object.values(await stored(community));
    expect(left).toEqual([names]);
    await anHourLater(world, community);
    expect(await stored(community)).toEqual({});
    return answer;
  };
  const retitle = ({ id, owner }: Founded) =>
    done(world, owner.token, 'updateCommunity', { communityId: id, title: 'Another' });

  it('its community may change: then it is refused, and its files go', async () => {
    const community = await found(world);

    const answer = await meanwhile(community, retitle, { expectedVersion: 1 });

    expect(answer.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 2 }]);
    await expectUntouched(community, 2);
  });

  it('its community may change where nobody said which version they saw', async () => {
    const community = await found(world);

    const answer = await whilePutting(
      world,
      () => setLogo(world, community),
      () => retitle(community),
    );

    expect(answer.community.version).toBe(3);
    expect(await see(world, undefined, community.slug, 'title')).toEqual({ title: 'Another' });
  });

  it('its community may be deleted: then its files go', async () => {
    const community = await found(world);

    const answer = await meanwhile(community, ({ id, owner }) =>
      done(world, owner.token, 'deleteCommunity', { communityId: id }),
    );

    expect(refusals(answer)).toEqual(['CONFLICT communityId']);
    await expectUntouched(community, 2);
  });

  it('its owner may become less: then it is theirs no more to set', async () => {
    const community = await found(world);
    const { id, token } = await member(world, community, 'OWNER');

    const answer = await meanwhile(
      community,
      () =>
        world.sql(`update members set level = 'MANAGER' where community_id = $1 and user_id = $2`, [
          community.uuid,
          id,
        ]),
      { token },
    );

    expect(answer.denied).toBe('FORBIDDEN');
    await expectUntouched(community);
  });
});

describe('a logo that is replaced', () => {
  it('leads to the next one, and its files go', async () => {
    const community = await found(world);
    const first = await dressed(world, community);
    const second = await dressed(world, community, { file: await picture('red') });
    expect(second).not.toBe(first);

    await vi.waitFor(async () => expect(await stored(community)).toEqual({ [second]: names }), {
      timeout: 15_000,
    });

    const base = `/communities/${community.slug}/logo`;
    for (const size of sizes) {
      for (const extension of extensions) {
        const old = await get(world, `${base}/${size}/${first}.${extension}`);
        expect([old.status, old.headers.get('location')]).toEqual([
          302,
          `${base}/${size}/${second}.${extension}`,
        ]);
        expect(old.headers.get('cache-control')).toBe('public, no-cache');
        expect(await old.text()).toBe('');
      }
    }
  });

  it('is served and kept when its hour is over', async () => {
    const community = await found(world);
    const hash = await dressed(world, community);
    expect(await removals(world, community)).toEqual([{ hash, isLater: true }]);

    await anHourLater(world, community);

    expect(await stored(community)).toEqual({ [hash]: names });
    expect((await get(world, `/communities/${community.slug}/logo`)).status).toBe(200);
  });

  it('by the same picture has another address, and takes nothing of it along', async () => {
    const community = await found(world);
    const [first, second] = [await dressed(world, community), await dressed(world, community)];

    await anHourLater(world, community);

    expect(second).not.toBe(first);
    expect(await stored(community)).toEqual({ [second]: names });
  });

  it('by many at once is one of them in the end, and of the others nothing is left', async () => {
    const community = await found(world);
    const file = await picture();

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => setLogo(world, community, { file })),
    );

    // Not all are made at once: who would wait too long is asked to come again.
    const refused = answers.filter((it) => it.userErrors.length > 0);
    for (const it of refused) expect(refusals(it)).toEqual(['CONFLICT file']);
    const made = answers.length - refused.length;
    expect(made).toBeGreaterThan(0);
    const hash = await hashOf(community);
    expect(answers.map((it) => it.community?.logo.hash)).toContain(hash);
    expect(await versionOf(community)).toBe(1 + made);
    const audited = await auditOf(world, community);
    expect(audited.filter((it) => it === 'community.logo_set')).toHaveLength(made);
    await anHourLater(world, community);
    expect(await stored(community)).toEqual({ [hash]: names });
    const response = await get(world, `/communities/${community.slug}/logo/64/${hash}.png`);
    expect(response.status).toBe(200);
  }, 60_000);
});

describe('a logo that is deleted', () => {
  const remove = ({ id, owner }: Founded, token = owner.token, more = {}) =>
    change(
      world,
      token,
      'deleteCommunityLogo',
      { communityId: id, ...more },
      'id version logo { hash }',
    );

  it('is gone at once, and its files are soon', async () => {
    const community = await found(world);
    const hash = await dressed(world, community);
    const base = `/communities/${community.slug}/logo`;

    expect(await remove(community, undefined, { expectedVersion: 2 })).toEqual({
      community: { id: community.id, version: 3, logo: null },
      userErrors: [],
    });

    for (const path of ['', '/64', `/64/${hash}.png`, `/1024/${hash}.webp`]) {
      expect((await get(world, `${base}${path}`)).status, path).toBe(404);
    }
    await vi.waitFor(async () => expect(await stored(community)).toEqual({}), { timeout: 15_000 });
    expect((await auditOf(world, community)).at(-1)).toBe('community.logo_deleted');
    expect(refusals(await remove(community))).toEqual(['NOT_FOUND communityId']);
    expect(await versionOf(community)).toBe(3);
  });

  it('is not there to be deleted where there never was one', async () => {
    const community = await found(world);

    expect(refusals(await remove(community))).toEqual(['NOT_FOUND communityId']);
    await expectUntouched(community);
  });

  it('is deleted by owners and administrators, in the version that they saw', async () => {
    const community = await found(world);
    const hidden = await found(world, { access: { visibility: 'RESTRICTED' } });
    const hash = await dressed(world, community);
    const { token } = await member(world, community, 'MANAGER');

    expect((await remove(community, token)).denied).toBe('FORBIDDEN');
    expect((await remove(community, '')).denied).toBe('UNAUTHENTICATED');
    expect(refusals(await remove(hidden, token))).toEqual(['NOT_FOUND communityId']);
    expect((await remove(community, undefined, { expectedVersion: 1 })).userErrors).toMatchObject([
      { code: 'VERSION_CONFLICT', currentVersion: 2 },
    ]);
    expect(await hashOf(community)).toBe(hash);

    expect((await remove(community, world.admin)).userErrors).toEqual([]);
    expect(await hashOf(community)).toBeNull();
  });

  it('by many at once is deleted once', async () => {
    const community = await found(world);
    await dressed(world, community);

    const answers = await Promise.all(Array.from({ length: 8 }, () => remove(community)));

    expect(answers.filter((it) => it.userErrors.length === 0)).toHaveLength(1);
    expect(await versionOf(community)).toBe(3);
  });
});

it('stays with a community that is deleted, for when it is restored', async () => {
  const community = await found(world);
  const hash = await dressed(world, community);
  const { id: communityId, owner, slug } = community;
  const everybody = [owner.token, world.admin, undefined];
  const statuses = () =>
    Promise.all(
      everybody.flatMap((token) => [
        get(world, `/communities/${slug}/logo`, { token }).then((it) => it.status),
        get(world, `/communities/${slug}/logo/64/${hash}.png`, { token }).then((it) => it.status),
        get(world, `/communities/${slug}`, { token }).then((it) => it.status),
      ]),
    );
  expect(await statuses()).toEqual(Array(9).fill(200));

  await done(world, owner.token, 'deleteCommunity', { communityId });
  expect(await statuses()).toEqual(Array(9).fill(404));
  await anHourLater(world, community);

  await done(world, owner.token, 'restoreCommunity', { communityId });
  expect(await statuses()).toEqual(Array(9).fill(200));
});

/** A store elsewhere, and the keys of what is in it. */
interface Elsewhere {
  env: Record<string, string>;
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

async function aFolder(): Promise<Elsewhere> {
  const folder = await mkdtemp(join(tmpdir(), 'collegium-logos-'));
  return {
    env: { FILES_URL: pathToFileURL(folder).href },
    async keys() {
      const all = await readdir(folder, { recursive: true });
      const files = await Promise.all(
        all.map(async (it) => (await stat(join(folder, it))).isFile() && it),
      );
      return files.filter((it) => it !== false);
    },
    stop: () => rm(folder, { recursive: true }),
  };
}

const envOf = (stub: S3Stub) => ({
  FILES_URL: stub.files,
  S3_ACCESS_KEY_ID: stubKeys.accessKeyId,
  S3_SECRET_ACCESS_KEY: stubKeys.secretAccessKey,
});

async function aBucket(): Promise<Elsewhere> {
  const stub = await startS3Stub();
  return {
    env: envOf(stub),
    keys: async () => [...stub.objects.keys()].map((it) => it.replace(/^collegium\//, '')),
    stop: () => stub.stop(),
  };
}

describe.each([
  ['a folder', aFolder],
  ['a bucket', aBucket],
])('with its files in %s', (_, open) => {
  let elsewhere: Elsewhere;
  let there: World;
  beforeAll(async () => {
    elsewhere = await open();
    there = await startWorld({ env: elsewhere.env });
  });
  afterAll(async () => {
    await there.stop();
    await elsewhere.stop();
  });

  it('a logo is set, replaced and deleted', async () => {
    const community = await found(there);
    const path = `/communities/${community.slug}/logo/256`;
    const files = async () => foldersOf(await elsewhere.keys());
    const onlyOf = (...hashes: string[]) =>
      vi.waitFor(
        async () =>
          expect(await files()).toEqual(Object.fromEntries(hashes.map((it) => [it, names]))),
        { timeout: 15_000 },
      );

    const first = await dressed(there, community);
    await onlyOf(first);
    expect(await elsewhere.keys()).toContain(`logos/${community.uuid}/${first}/64.webp`);
    const response = await get(there, `${path}/${first}.webp`);
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(await sharp(await response.arrayBuffer()).metadata()).toMatchObject({ width: 256 });
    expect(await there.sql('select from stored_files')).toEqual([]);

    const second = await dressed(there, community, { file: await picture('red') });
    await onlyOf(second);
    expect((await get(there, `${path}/${first}.webp`)).headers.get('location')).toBe(
      `${path}/${second}.webp`,
    );

    await done(there, community.owner.token, 'deleteCommunityLogo', { communityId: community.id });
    await onlyOf();
    expect((await get(there, path)).status).toBe(404);
  });
});

describe('with a bucket', () => {
  let stub: S3Stub;
  let there: World;
  beforeAll(async () => {
    stub = await startS3Stub();
    there = await startWorld({ env: envOf(stub) });
  });
  afterAll(async () => {
    await there.stop();
    await stub.stop();
  });

  it('that takes not all of a logo, nothing is done, and what it took goes', async () => {
    const community = await found(there);
    // Two files are taken; what comes then is refused for good.
    const taken: string[] = [];
    stub.faults.push(
      ...[1, 2].map((): S3Stub['faults'][number] => (request, response) => {
        taken.push(request.url ?? '');
        stub.objects.set(decodeURIComponent(request.url?.split('/').slice(2).join('/') ?? ''), {
          bytes: Buffer.from('taken'),
          type: 'image/webp',
        });
        response.end();
      }),
      (_, response) => response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>'),
    );

    const { errors } = await setLogo(there, community);

    expect(errors).toMatchObject([
      { message: 'Something went wrong here.', extensions: { code: 'INTERNAL' } },
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/bucket|127\.0\.0\.1|AccessDenied|AKID/);
    expect(taken).toHaveLength(2);
    expect(stub.objects.size).toBe(2);
    const seen = await see(there, undefined, community.slug, 'version logo { hash }');
    expect(seen).toEqual({ version: 1, logo: null });
    expect(await auditOf(there, community)).toEqual(['community.created']);
    await anHourLater(there, community);
    expect(stub.objects.size).toBe(0);
  });

  it('that is down, a logo is not served, and nobody keeps that', async () => {
    const community = await found(there);
    const hash = await dressed(there, community);
    const path = `/communities/${community.slug}/logo/64/${hash}.png`;
    const down: S3Stub['faults'][number] = (_, response) => response.writeHead(503).end();
    stub.faults.push(down, down, down);

    const response = await get(there, path);

    expect(response.status).toBe(500);
    expect(response.headers.get('cache-control')).toBe('no-store');
    for (const name of ['etag', 'accept-ranges', 'content-security-policy']) {
      expect(response.headers.get(name), name).toBeNull();
    }
    expect(await response.json()).toEqual({
      code: 'INTERNAL',
      message: 'Something went wrong here.',
      errorId: expect.any(String),
    });
    expect((await get(there, path)).status).toBe(200);
  });

  it.each(['', '/{old}.webp'])(
    'out of which a logo is taken while it is asked for, at /logo/64%s, the next one is served',
    async (form) => {
      const community = await found(there);
      const old = await dressed(there, community);
      let next = '';
      stub.faults.push((_, response) => {
        void dressed(there, community).then((hash) => {
          next = hash;
          response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
        });
      });

      const path = `/communities/${community.slug}/logo/64`;
      const response = await get(there, `${path}${form.replace('{old}', old)}`, {
        accept: 'image/webp',
      });

      expect(next).not.toBe('');
      if (form) {
        expect([response.status, response.headers.get('location')]).toEqual([
          302,
          `${path}/${next}.webp`,
        ]);
      } else {
        expect([response.status, response.headers.get('etag')]).toEqual([200, `"${next}-64-webp"`]);
      }
      // The next fault is for the next test, not for what removes the old files.
      await anHourLater(there, community);
    },
  );

  it('that has lost a logo, there is none', async () => {
    const community = await found(there);
    const hash = await dressed(there, community);
    for (const key of stub.objects.keys()) if (key.includes(hash)) stub.objects.delete(key);

    const response = await get(there, `/communities/${community.slug}/logo`);

    expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store']);
    expect(response.headers.get('etag')).toBeNull();
  });
});
