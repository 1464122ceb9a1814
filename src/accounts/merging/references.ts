/**
 * What becomes of every reference to an account that goes into another; a test holds that none is
 * left out. `PLANNED`: one by one, as the plan says. `MOVED`: all go to the account that stays.
 * `CLOSED`: they let somebody in, and do so no more.
 */
export const references = {
  'identities.user_id': 'PLANNED',
  'assignments.user_id': 'PLANNED',
  'members.user_id': 'PLANNED',
  'requests.user_id': 'MOVED',
  'requests.created_by_id': 'MOVED',
  'request_events.author_id': 'MOVED',
  'communities.removed_by_id': 'MOVED',
  'mails.user_id': 'MOVED',
  'sync_runs.user_id': 'MOVED',
  'users.merged_into_id': 'MOVED',
  'tokens.user_id': 'CLOSED',
  'sessions.user_id': 'CLOSED',
  'sign_ins.user_id': 'CLOSED',
  'links.user_id': 'CLOSED',
} as const satisfies Record<string, 'PLANNED' | 'MOVED' | 'CLOSED'>;

export type Reference = keyof typeof references;

const of = (fate: (typeof references)[Reference]) =>
  (Object.keys(references) as Reference[]).filter((it) => references[it] === fate);

export const moved = of('MOVED');
export const closed = of('CLOSED');

/** The table and the column of a reference. */
export const placeOf = (reference: Reference): [table: string, column: string] => {
  const [table = '', column = ''] = reference.split('.');
  return [table, column];
};
