import { afterAll, beforeAll, expect, it } from 'vitest';
import type { World } from '../helpers/world.ts';
import { person } from './flow-scene.ts';
import { configured, signedIn, startOidcFor, startSignInWorld, step } from './kit.ts';
import type { Oidc } from './oidc-kit.ts';
import { isReturn, signInThrough } from './visitor.ts';

const [own, others] = ['0000-0002-1825-0097', '0000-0002-1694-233X'];

let world: World;
let oidc: Oidc;
beforeAll(async () => {
  world = await startSignInWorld({
    idps: (sample) => ({
      orcidCommons: {
        users: {
          remote_endpoint: `${sample.url}/api/v1/members/{placeholder}/`,
          remote_identifier: 'orcid',
          token_env_variable_label: 'REMOTE_TOKEN',
        },
      },
    }),
    signIn: async (url, env) => {
      const accounts = ['claims', 'shows', 'says-none', 'has-none'];
      const known = accounts.map((it) => [it, person(it, { orcid: own })]);
      oidc = await startOidcFor(url, ['commons'], {
        ...Object.fromEntries(known),
        'says-none': person('says-none'),
      });
      return { commons: configured(oidc, env, { idp: 'orcidCommons', orcid_claim: 'orcid' }) };
    },
  });
});
afterAll(async () => {
  await world.stop();
  await oidc.stop();
});

it.each([
  ['claims', others, 409],
  ['says-none', own, 409],
  ['shows', own, 303],
  ['has-none', null, 303],
])('an account that %s an ORCID iD by which a service is asked', async (login, orcid, status) => {
  const { id } = await world.makeUser();
  await world.sql('update users set orcid = $2 where id = $1', [id, orcid]);
  const visitor = await signedIn(world, id);
  const { to } = await step(visitor, `${world.url}/sign-in/commons?link=1`, {
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  const page = await signInThrough(visitor, to, login, isReturn);

  const end = await step(visitor, page.headers.get('location') ?? '');

  const linked = await world.sql('select subject from identities where user_id = $1', [id]);
  expect(end.status).toBe(status);
  expect(linked).toEqual(status === 303 ? [{ subject: login }] : []);
});
