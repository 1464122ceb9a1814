import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, uuidIn } from './kit.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld();
  kit = new Kit(world);
});
afterAll(() => world.stop());

const refused = (code: string, ...path: string[]) => ({
  comment: null,
  userErrors: [expect.objectContaining({ code, path: ['input', ...path] })],
});
const denied = { denied: 'FORBIDDEN' };

/** An open invitation with an owner, a manager and whom it is for. */
async function scene() {
  const [owner, manager, person] = [await kit.person(), await kit.person(), await kit.person()];
  const community = await kit.community([
    [owner, 'OWNER'],
    [manager, 'MANAGER'],
  ]);
  const { id } = await kit.invite(owner, community, person);
  return { owner, manager, person, community, id };
}

const comment = (by: Person, requestId: string, content: string, replyToId?: string) =>
  kit.does(by.token, 'commentOnRequest', { requestId, content, replyToId });
/** The id of a new comment. */
const said = async (by: Person, requestId: string, content: string, replyToId?: string) =>
  (await comment(by, requestId, content, replyToId)).comment.id as string;
const update = (token: string, commentId: string, content: string, more = {}) =>
  kit.does(token, 'updateComment', { commentId, content, ...more });
const remove = (token: string, commentId: string) =>
  kit.does(token, 'deleteComment', { commentId });
const timeline = async (by: Person, id: string) => (await kit.read(by.token, id)).timeline.nodes;

describe.concurrent('a comment', () => {
  it('is made by both sides and by administrators, and nobody else', async () => {
    const { owner, manager, person, id } = await scene();
    const stranger = await kit.person();

    await said(owner, id, 'one');
    await said(person, id, 'two');
    await said(manager, id, 'three');
    await kit.does(world.admin, 'commentOnRequest', { requestId: id, content: 'four' });

    expect(await comment(stranger, id, 'five')).toMatchObject(refused('NOT_FOUND', 'requestId'));
    expect(
      await kit.does(undefined, 'commentOnRequest', { requestId: id, content: 'six' }),
    ).toEqual({ denied: 'UNAUTHENTICATED' });
    expect((await timeline(person, id)).map((it: { content: string }) => it.content)).toEqual([
      'one',
      'two',
      'three',
      'four',
    ]);
  });

  it('is harmless HTML', async () => {
    const { owner, id } = await scene();

    const { comment: made } = await comment(
      owner,
      id,
      '<p onclick="x()">Hello <a href="javascript:x()">you</a><iframe src="//x"></iframe></p>',
    );

    expect(made.content).toBe('<p>Hello <a>you</a></p>');
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \t\n'],
    ['empty markup', '<p><br /></p>'],
    ['what is taken out', '<script>x()</script>'],
    ['too much', 'x'.repeat(50_001)],
    ['half a character', '\ud800'],
  ])('of %s is refused', async (_, content) => {
    const { owner, id } = await scene();

    expect(await comment(owner, id, content)).toMatchObject(refused('INVALID', 'content'));
    expect(await kit.history(id)).toEqual([]);
  });

  it('can be made on what is closed', async () => {
    const { owner, person, id } = await scene();
    await kit.does(person.token, 'declineRequest', { requestId: id });

    await said(owner, id, 'A pity.');

    expect(await kit.history(id)).toEqual(['DECLINED', 'COMMENT']);
  });

  it('lets the request have seen something, and leaves its version', async () => {
    const { owner, id } = await scene();
    await world.sql(
      `update requests set last_activity_at = now() - interval '1 day' where id = $1`,
      [uuidIn(id)],
    );
    const before = await kit.read(owner.token, id);

    await said(owner, id, 'Hello?');

    const after = await kit.read(owner.token, id);
    expect(Date.parse(after.lastActivityAt)).toBeGreaterThan(Date.parse(before.lastActivityAt));
    expect(after.version).toBe(before.version);
  });
});

describe.concurrent('a reply', () => {
  it('is with the comment that it answers', async () => {
    const { owner, person, id } = await scene();
    const first = await said(owner, id, 'first');
    await said(owner, id, 'second');

    const { comment: reply } = await comment(person, id, 'an answer', first);
    await comment(owner, id, 'another', first);

    expect(reply.replyTo).toEqual({ id: first });
    expect(await timeline(person, id)).toMatchObject([
      {
        content: 'first',
        replyCount: 2,
        replies: { nodes: [{ content: 'an answer' }, { content: 'another' }] },
      },
      { content: 'second', replyCount: 0, replies: { nodes: [] } },
    ]);
  });

  it('goes one level deep', async () => {
    const { owner, id } = await scene();
    const first = await said(owner, id, 'first');
    const reply = await said(owner, id, 'reply', first);

    expect(await comment(owner, id, 'too deep', reply)).toMatchObject(
      refused('INVALID', 'replyToId'),
    );
  });

  it('answers comments of the same request that are there', async () => {
    const { owner, person, id } = await scene();
    const other = await scene();
    const elsewhere = await said(other.owner, other.id, 'elsewhere');
    const gone = await said(owner, id, 'gone');
    await remove(owner.token, gone);
    await kit.does(person.token, 'declineRequest', { requestId: id });
    const log = (await timeline(owner, id)).at(-1).id;
    const nowhere = toGlobalId('RequestEvent', newId());

    for (const [target, code] of [
      [elsewhere, 'NOT_FOUND'],
      [nowhere, 'NOT_FOUND'],
      [id, 'NOT_FOUND'],
      [gone, 'INVALID'],
      [log, 'INVALID'],
    ] as const) {
      expect(await comment(owner, id, 'x', target)).toMatchObject(refused(code, 'replyToId'));
    }
  });
});

describe.concurrent('a comment that is changed', () => {
  it('is by its author, and says so', async () => {
    const { owner, id } = await scene();
    const commentId = await said(owner, id, 'befor');

    const answer = await update(owner.token, commentId, 'before<script>x()</script>');

    expect(answer.comment).toMatchObject({
      id: commentId,
      content: 'before',
      isEdited: true,
      version: 2,
    });
  });

  it('is so by nobody else but administrators', async () => {
    const { owner, manager, person, id } = await scene();
    const commentId = await said(manager, id, 'mine');

    expect(await update(owner.token, commentId, 'x')).toEqual(denied);
    expect(await update(person.token, commentId, 'x')).toEqual(denied);
    expect((await update(world.admin, commentId, 'better')).comment).toMatchObject({
      content: 'better',
      author: { id: manager.id },
    });
  });

  it('is written down with who changed whose, and only if it was', async () => {
    const { manager, id } = await scene();
    const commentId = await said(manager, id, 'mine');

    await update(manager.token, commentId, 'mine');
    const { comment } = await update(world.admin, commentId, 'better');

    expect(comment).toMatchObject({ version: 2 });
    const events = await world.sql(
      `select u.username, details->>'author' as author from audit_events a
       join users u on u.id::text = a.actor_id
       where act = 'request.comment_updated' and subject_id = $1`,
      [uuidIn(id)],
    );
    expect(events).toEqual([{ username: 'the-administrator', author: manager.uuid }]);
  });

  it('is of the version that was seen, and never empty', async () => {
    const { owner, id } = await scene();
    const commentId = await said(owner, id, 'one');
    await update(owner.token, commentId, 'two', { expectedVersion: 1 });

    const late = await update(owner.token, commentId, 'three', { expectedVersion: 1 });

    expect(late).toMatchObject(refused('VERSION_CONFLICT', 'expectedVersion'));
    expect(await update(owner.token, commentId, '<p></p>')).toMatchObject(
      refused('INVALID', 'content'),
    );
    expect(await timeline(owner, id)).toMatchObject([{ content: 'two' }]);
  });

  it('is not there for those who may not see the request, its author included', async () => {
    const { owner, manager, community, id } = await scene();
    const commentId = await said(manager, id, 'mine');
    await world.sql('delete from members where community_id = $1 and user_id = $2', [
      community.uuid,
      manager.uuid,
    ]);
    const missing = refused('NOT_FOUND', 'commentId');

    expect(await update(manager.token, commentId, 'x')).toMatchObject(missing);
    expect(await remove(manager.token, commentId)).toMatchObject(missing);
    expect(await update(owner.token, toGlobalId('RequestEvent', newId()), 'x')).toMatchObject(
      missing,
    );
  });

  it('is none of the log', async () => {
    const { owner, person, id } = await scene();
    await kit.does(person.token, 'declineRequest', { requestId: id });
    const [log] = await timeline(owner, id);

    expect(await update(world.admin, log.id, 'x')).toMatchObject(refused('NOT_FOUND', 'commentId'));
    expect(await remove(world.admin, log.id)).toMatchObject(refused('NOT_FOUND', 'commentId'));
  });
});

describe.concurrent('a comment that is deleted', () => {
  it('leaves its place, its author and its replies', async () => {
    const { owner, person, id } = await scene();
    const first = await said(owner, id, 'first');
    await said(owner, id, 'second');
    await said(person, id, 'reply', first);

    const answer = await remove(owner.token, first);

    expect(answer.comment).toMatchObject({ id: first, kind: 'COMMENT_DELETED', content: null });
    expect(await timeline(person, id)).toMatchObject([
      {
        id: first,
        kind: 'COMMENT_DELETED',
        content: null,
        isEdited: false,
        author: { id: owner.id },
        viewerPermissions: [],
        replyCount: 1,
        replies: { nodes: [{ content: 'reply' }] },
      },
      { content: 'second' },
    ]);
    const [stored] = await world.sql('select content from request_events where id = $1', [
      uuidIn(first),
    ]);
    expect(stored).toEqual({ content: null });
  });

  it('is still counted as a reply', async () => {
    const { owner, id } = await scene();
    const first = await said(owner, id, 'first');
    const reply = await said(owner, id, 'reply', first);

    await remove(owner.token, reply);

    expect(await timeline(owner, id)).toMatchObject([
      { replyCount: 1, replies: { nodes: [{ id: reply, kind: 'COMMENT_DELETED' }] } },
    ]);
  });

  it('is so by its author and by administrators, and once', async () => {
    const { owner, manager, person, id } = await scene();
    const first = await said(person, id, 'first');
    const second = await said(person, id, 'second');

    expect(await remove(owner.token, first)).toEqual(denied);
    expect(await remove(manager.token, first)).toEqual(denied);
    expect((await remove(world.admin, first)).comment.kind).toBe('COMMENT_DELETED');
    expect((await remove(person.token, second)).comment.kind).toBe('COMMENT_DELETED');
    expect(await remove(person.token, second)).toMatchObject(refused('NOT_FOUND', 'commentId'));
    expect(await update(person.token, second, 'back')).toMatchObject(
      refused('NOT_FOUND', 'commentId'),
    );
  });
});

describe.concurrent('a locked conversation', () => {
  const lock = (token: string, requestId: string, mutation = 'lockRequest') =>
    kit.does(token, mutation, { requestId });

  it('is locked and unlocked by who is asked and by administrators', async () => {
    const { owner, person, id } = await scene();

    expect(await lock(owner.token, id)).toEqual(denied);
    expect((await lock(person.token, id)).request.isLocked).toBe(true);
    expect(await lock(owner.token, id, 'unlockRequest')).toEqual(denied);
    expect((await lock(world.admin, id, 'unlockRequest')).request.isLocked).toBe(false);
    expect(await kit.history(id)).toEqual(['LOCKED', 'UNLOCKED']);
  });

  it('takes no comments, from administrators neither', async () => {
    const { owner, person, id } = await scene();
    await lock(person.token, id);

    for (const token of [owner.token, person.token, world.admin]) {
      const answer = await kit.does(token, 'commentOnRequest', { requestId: id, content: 'x' });
      expect(answer).toMatchObject(refused('CONFLICT', 'requestId'));
      expect(answer.userErrors[0].message).toBe('Commenting is locked.');
    }
  });

  it('is not gone on with by changing what was said; what was said can be taken back', async () => {
    const { owner, person, id } = await scene();
    const commentId = await said(owner, id, 'x');
    await lock(person.token, id);

    expect(await update(owner.token, commentId, 'y')).toMatchObject(
      refused('CONFLICT', 'commentId'),
    );
    expect((await update(world.admin, commentId, 'z')).comment.content).toBe('z');
    expect((await remove(owner.token, commentId)).comment.kind).toBe('COMMENT_DELETED');
  });

  it('keeps nobody from answering, with a last word', async () => {
    const { person, id } = await scene();
    await lock(person.token, id);

    const answer = await kit.does(person.token, 'acceptRequest', { requestId: id, comment: 'Yes' });

    expect(answer.request.state).toBe('ACCEPTED');
    expect(await kit.history(id)).toEqual(['LOCKED', 'ACCEPTED', 'COMMENT']);
  });

  it('is not locked twice, nor unlocked without being locked', async () => {
    const { person, id } = await scene();
    const conflict = {
      userErrors: [expect.objectContaining({ code: 'CONFLICT', path: ['input', 'requestId'] })],
    };

    expect(await lock(person.token, id, 'unlockRequest')).toMatchObject(conflict);
    await lock(person.token, id);
    expect(await lock(person.token, id)).toMatchObject(conflict);
    expect(await kit.history(id)).toEqual(['LOCKED']);
  });
});

describe.concurrent('the timeline', () => {
  it('comes in pages, oldest first, with the replies in pages of their own', async () => {
    const { owner, id } = await scene();
    const first = await said(owner, id, 'c0');
    for (let i = 1; i < 5; i++) await said(owner, id, `c${i}`);
    for (let i = 0; i < 3; i++) await said(owner, id, `r${i}`, first);
    const page = async (args: string, replies: string) => {
      const { data } = await world.ask(
        owner.token,
        `query ($id: ID!) { node(id: $id) { ... on Request { timeline(${args}) { totalCount
          pageInfo { endCursor hasNextPage }
          nodes { content replies(${replies}) { totalCount nodes { content } } } } } } }`,
        { id },
      );
      return data.node.timeline;
    };

    const one = await page('first: 2', 'last: 2');
    const two = await page(`first: 2, after: "${one.pageInfo.endCursor}"`, 'first: 1');

    expect(one).toMatchObject({
      totalCount: 5,
      pageInfo: { hasNextPage: true },
      nodes: [
        {
          content: 'c0',
          replies: { totalCount: 3, nodes: [{ content: 'r1' }, { content: 'r2' }] },
        },
        { content: 'c1', replies: { totalCount: 0, nodes: [] } },
      ],
    });
    expect(two.nodes).toMatchObject([{ content: 'c2' }, { content: 'c3' }]);
  });

  it('shows who speaks, also if they hide elsewhere', async () => {
    const { owner, person, id } = await scene();
    await said(person, id, 'Here I am.');
    await world.sql(`update users set visibility = 'RESTRICTED' where id = $1`, [person.uuid]);

    const found = await kit.read(owner.token, id);

    expect(found.user).toEqual({ id: person.id });
    expect(found.timeline.nodes[0].author).toEqual({ id: person.id });
  });

  it('has no author where the account is gone', async () => {
    const { owner, id } = await scene();
    await kit.does(world.admin, 'commentOnRequest', { requestId: id, content: 'x' });
    await world.sql('update request_events set author_id = null where request_id = $1', [
      uuidIn(id),
    ]);

    expect(await timeline(owner, id)).toMatchObject([
      { author: null, viewerPermissions: ['REPLY'] },
    ]);
  });

  it('is found by the ids of its events, by those who see the request', async () => {
    const { owner, person, id } = await scene();
    const commentId = await said(owner, id, 'hello');
    const find = async (token?: string) => {
      const query =
        'query ($id: ID!) { node(id: $id) { ... on RequestEvent { id content request { id } } } }';
      return (await world.ask(token, query, { id: commentId })).data.node;
    };

    const seen = { id: commentId, content: 'hello', request: { id } };
    expect(await find(person.token)).toEqual(seen);
    expect(await find(world.admin)).toEqual(seen);
    expect(await find((await kit.person()).token)).toBeNull();
    expect(await find()).toBeNull();
  });
});
