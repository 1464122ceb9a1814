import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { levelsIn, Remote } from '../sync/scene.ts';
import { type } from './kit.ts';

let world: World;
let mine: Remote;
beforeAll(async () => {
  world = await startWorld({
    idp: { levels: { owner: ['administrator'], curator: ['moderator'], reader: ['member'] } },
  });
  mine = new Remote(world, 'myCommons');
});
afterAll(() => world.stop());

/** A group with somebody in each category, and its community. */
async function linked(...categories: string[]) {
  const remoteId = mine.group();
  for (const role of categories) await mine.member({ groups: [{ id: remoteId, role }] });
  await mine.tell('groups', 'created', remoteId);
  return { remoteId: String(remoteId), community: await mine.link(remoteId) };
}

async function check(options = '') {
  const { code, json } = await type(world, `check-group-memberships ${options} --json`.split(/ +/));
  return { code, ...json() };
}

const setLevel = (slug: string, category: string, level: string, mapped: string) =>
  world.sql(
    `update members m set level = $3, mapped_level = $4 from roles r, communities c
     where r.id = m.role_id and c.id = m.community_id and c.slug = $1 and r.category = $2`,
    [slug, category, level, mapped],
  );

describe('check-group-memberships', () => {
  it('finds what is missing or at another level, and puts it right', async () => {
    const { community, remoteId } = await linked('administrator', 'moderator', 'member');
    const whole = await levelsIn(world, community.slug);
    expect(await check()).toMatchObject({ code: 0, counts: { ok: 3, fixed: 0, error: 0 } });
    await world.sql(
      `delete from members m using roles r, communities c where r.id = m.role_id
         and c.id = m.community_id and c.slug = $1 and r.category = 'member'`,
      [community.slug],
    );
    await setLevel(community.slug, 'moderator', 'READER', 'READER');

    const found = await check();
    const human = await type(world, 'check-group-memberships');
    const mended = await check('--fix');

    const about = { idp: 'myCommons', group: remoteId, community: community.slug };
    expect(found).toMatchObject({ code: 1, counts: { ok: 1, fixed: 0, error: 2 } });
    expect(found.checks).toEqual([
      { ...about, category: 'administrator', status: 'OK', level: 'OWNER' },
      { ...about, category: 'member', status: 'ERROR', level: 'READER', message: 'is no member' },
      { ...about, category: 'moderator', status: 'ERROR', level: 'CURATOR', message: 'is READER' },
    ]);
    expect(human.code).toBe(1);
    expect(human.out).toContain('npx collegium check-group-memberships --fix');
    expect(mended).toMatchObject({ code: 0, counts: { ok: 1, fixed: 2, error: 0 } });
    expect(await check()).toMatchObject({ code: 0, counts: { ok: 3, fixed: 0, error: 0 } });
    expect(await levelsIn(world, community.slug)).toEqual(whole);
    const [event] = await world.sql(
      `select details from audit_events where act = 'community.memberships_fixed'`,
    );
    expect(event.details.fixed).toHaveLength(2);
  });

  it('leaves a level alone that was set here, and looks at one service only if told so', async () => {
    const { community } = await linked('administrator', 'member');
    await setLevel(community.slug, 'member', 'MANAGER', 'READER');

    const { code, checks } = await check('--idp myCommons');

    expect(code).toBe(0);
    const [one] = checks.filter(
      (it: { community: string; category: string }) =>
        it.community === community.slug && it.category === 'member',
    );
    expect(one.status).toBe('OK');
    expect(await check('--idp knowledgeCommons')).toMatchObject({ code: 0, checks: [] });
  });

  it('says of a service that is not configured that it is', async () => {
    const { community } = await linked('member');
    await world.sql(
      `update groups set idp = 'gone' where id = (select group_id from communities where slug = $1)`,
      [community.slug],
    );

    const { code, checks } = await check('--fix --idp gone');

    expect(code).toBe(1);
    expect(checks).toMatchObject([{ status: 'ERROR', message: 'gone is not configured' }]);
    const doctor = await type(world, 'doctor --sample 10');
    expect(doctor.code).toBe(1);
    expect(doctor.out).toContain('WRONG  services: not configured: gone (0 identities, 1 groups)');
  });
});
