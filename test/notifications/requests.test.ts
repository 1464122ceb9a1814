import { expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import type { World } from '../helpers/world.ts';
import { until } from '../sync/kit.ts';
import { makeReader, openPost, type Reader } from './kit.ts';
import type { MailServer } from './mail-server.ts';

async function change(
  world: World,
  { token }: Reader,
  mutation: string,
  input: object,
  fields: string,
) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await world.ask(
    token,
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { message } } }`,
    { input },
  );
  expect(errors).toBeUndefined();
  expect(data[mutation].userErrors).toEqual([]);
  return data[mutation];
}

/** The one e-mail that came to somebody since the last look. */
async function letterTo(server: MailServer, { address }: Reader) {
  const received = await until(() => server.received.length > 0 && server.received.splice(0));
  expect(received.map((it) => it.to)).toEqual([[address]]);
  return { subject: received[0]?.headers.get('subject'), text: received[0]?.text ?? '' };
}

it('what happens to an invitation comes by e-mail to those whom it concerns', async () => {
  const { world, server } = await openPost({ env: { PUBLIC_URL: 'https://commons.example' } });
  const owner = await makeReader(world, { fullName: 'Ada Lovelace' });
  const guest = await makeReader(world, { fullName: 'Grace Hopper' });
  const { community } = await change(
    world,
    owner,
    'createCommunity',
    { slug: 'mycology', title: 'Mycology', access: { visibility: 'PUBLIC' } },
    'community { id }',
  );

  await change(
    world,
    owner,
    'inviteToCommunity',
    {
      communityId: community.id,
      users: [{ id: toGlobalId('User', guest.id) }],
      level: 'CURATOR',
      message: 'Would you?',
    },
    'requests { id }',
  );
  const invitation = await letterTo(server, guest);
  expect(invitation.subject).toBe('Ada Lovelace invites you to “Mycology”');
  expect(invitation.text).toContain('become a curator of');
  expect(invitation.text).toContain('\n> Would you?\n');
  const requestId = /https:\/\/commons\.example\/requests\/(\S+)/.exec(invitation.text)?.[1];
  const query = 'query ($id: ID!) { node(id: $id) { __typename id } }';
  const { data } = await world.ask(guest.token, query, { id: requestId });
  expect(data.node).toEqual({ __typename: 'Request', id: requestId });

  await change(
    world,
    guest,
    'commentOnRequest',
    { requestId, content: '<p>As <b>what</b>, &amp; since when?</p>' },
    'comment { id }',
  );
  const comment = await letterTo(server, owner);
  expect(comment.subject).toBe('Grace Hopper commented on a request to “Mycology”');
  expect(comment.text).toContain('\n> As what, & since when?\n');

  await change(world, guest, 'acceptRequest', { requestId }, 'request { state }');
  expect((await letterTo(server, owner)).subject).toBe('Grace Hopper joined “Mycology”');
});
