import type { Context } from '../context.ts';
import type { Subject } from '../sync/service.ts';
import { listSubjects, subjectsOfAccounts } from '../sync/standing.ts';
import type { SubjectKind, Trigger } from '../sync/state.ts';
import type { Desk } from './desk.ts';
import { Failure, UsageError } from './failure.ts';
import { ask, follow, type Pace } from './following.ts';
import { type Format, readIngest } from './ingest-file.ts';
import type { Answer } from './leaf.ts';
import { readReferences } from './references.ts';
import { rehearse } from './rehearsing.ts';

interface Options extends Pace {
  idp?: string;
  dryRun?: boolean;
  wait?: boolean;
}

interface UserOptions extends Options {
  byEmail?: boolean;
  byUsername?: boolean;
}

/** Looks at people again, by what their service calls them, or by their accounts here. */
export async function users(desk: Desk, options: UserOptions, refs: string[]): Promise<Answer> {
  const { byEmail, byUsername } = options;
  if (byEmail && byUsername) throw new UsageError('--by-email and --by-username: one of them.');
  const by = byEmail ? 'email' : byUsername ? 'username' : undefined;
  const given = await referencesIn(desk, refs, by !== undefined, 'users');
  return desk.place.asSystem(async (begin) => {
    const ctx = begin();
    if (!by) return look(desk, begin, named(ctx, options.idp, 'USER', given), options);
    if (options.idp !== undefined) idpFor(ctx, options.idp);
    const found = await subjectsOfAccounts(ctx, given, by, options.idp);
    const lost = given.filter((_, i) => found[i]?.length === 0);
    const answer = await look(desk, begin, found.flat(), options);
    return lost.length > 0 ? withLost(answer, lost, by) : answer;
  }, true);
}

/** Looks at groups again, by what their service calls them. */
export async function groups(desk: Desk, options: Options, refs: string[]): Promise<Answer> {
  const given = await referencesIn(desk, refs, false, 'groups');
  return desk.place.asSystem(
    (begin) => look(desk, begin, named(begin(), options.idp, 'GROUP', given), options),
    true,
  );
}

/** Looks at all that is known here again. What people and webhooks ask for goes before it. */
export function all(desk: Desk, options: Options & { kind?: 'users' | 'groups' }): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const { idps } = begin().config;
    if (options.idp !== undefined) idpFor(begin(), options.idp);
    const subjects: Subject[] = [];
    for (const idp of idps.values()) {
      if (options.idp !== undefined && options.idp !== idp.key) continue;
      for (const kind of ['groups', 'users'] as const) {
        if (!idp[kind] || (options.kind ?? kind) !== kind) continue;
        const listed = await listSubjects(begin(), idp.key, kind === 'users' ? 'USER' : 'GROUP');
        for (const it of listed) subjects.push(it);
      }
    }
    return look(desk, begin, subjects, options, 'RECONCILIATION');
  }, true);
}

/** Looks at everybody whom a file names. */
export function ingest(
  desk: Desk,
  options: Options & { format: Format; limit?: number; offset: number },
  path: string,
): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const idp = idpFor(begin(), options.idp);
    const read = await readIngest(desk.terminal, path, options);
    const { ids, format, rowsSeen, skipped, problems } = read;
    const subjects = ids.map((remoteId): Subject => ({ idp, kind: 'USER', remoteId }));
    const answer = await look(desk, begin, subjects, options);
    const rows = { format, rowsSeen, skipped, problems };
    const wrong = problems.slice(0, 10).map((it) => `  row ${it.row} ${it.message}`);
    const text = [
      `${rowsSeen} rows (${format}), ${ids.length} people, ${skipped} skipped, ${problems.length} unusable.`,
      ...wrong,
      ...(problems.length > wrong.length ? ['  …'] : []),
      answer.text,
    ];
    const isWhole = problems.length === 0 || answer.exitCode !== 0;
    return {
      json: { ...rows, ...(answer.json as object) },
      text: text.join('\n'),
      exitCode: isWhole ? answer.exitCode : ids.length > 0 ? 3 : 1,
    };
  }, true);
}

/** Has them looked at as the options say: now, by somebody else, or not at all. */
async function look(
  desk: Desk,
  begin: () => Context,
  subjects: Subject[],
  options: Options,
  trigger: Trigger = 'REQUEST',
): Promise<Answer> {
  if (options.dryRun) return rehearse(desk, begin, subjects, options);
  if (options.wait !== false) return follow(desk, begin, subjects, trigger, options);
  const asked = await ask(begin(), subjects, trigger);
  return { json: { asked: asked.length }, text: `${asked.length} are to be looked at.` };
}

async function referencesIn(
  desk: Desk,
  refs: string[],
  isPlain: boolean,
  what: 'users' | 'groups',
) {
  const given = await readReferences(desk.terminal, refs, isPlain);
  if (given.length > 0) return given;
  throw new UsageError(`Say whom, or look at all: npx collegium sync all --kind ${what}`);
}

/** The key of the service that is meant. @throws UsageError if that is not clear. */
function idpFor(ctx: Context, key: string | undefined): string {
  const keys = [...ctx.config.idps.keys()];
  const [only, ...others] = keys;
  if (only === undefined) throw new Failure('No identity service is configured.');
  if (key !== undefined && keys.includes(key)) return key;
  if (key === undefined && others.length === 0) return only;
  const known = keys.join(', ');
  throw new UsageError(
    key === undefined
      ? `Say of which identity service, by --idp: ${known}.`
      : `There is no identity service ${key}, only ${known}.`,
  );
}

const named = (ctx: Context, key: string | undefined, kind: SubjectKind, ids: string[]) => {
  const idp = idpFor(ctx, key);
  const wrong = ids.filter((it) => it.length > 255 || /\p{Cc}/u.test(it));
  if (wrong.length > 0) throw new UsageError('An id has 1 to 255 printable characters.');
  return ids.map((remoteId): Subject => ({ idp, kind, remoteId }));
};

/** Those of whom no account here tells how a service knows them. */
function withLost(answer: Answer, lost: string[], by: string): Answer {
  const text = `Nobody here with an identity has the ${by} ${lost.join(', ')}.`;
  const total = (answer.json as { total?: number }).total ?? 0;
  return {
    json: { ...(answer.json as object), notFoundHere: lost },
    text: `${answer.text}\n${text}`,
    exitCode: answer.exitCode === 0 && total > 0 ? 3 : 1,
  };
}
