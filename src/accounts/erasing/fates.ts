/**
 * What becomes of every reference to an account that is erased; a test holds that none is left out.
 * `KEPT`: it leads to what is left of the account, which tells nothing of the person.
 */
export const fates = {
  'identities.user_id': 'DELETED',
  'assignments.user_id': 'DELETED',
  'members.user_id': 'DELETED',
  'mails.user_id': 'DELETED',
  'tokens.user_id': 'DELETED',
  'sessions.user_id': 'DELETED',
  'sign_ins.user_id': 'DELETED',
  'links.user_id': 'DELETED',
  'requests.user_id': 'KEPT',
  'requests.created_by_id': 'KEPT',
  'request_events.author_id': 'KEPT',
  'communities.removed_by_id': 'KEPT',
  'sync_runs.user_id': 'KEPT',
  'users.merged_into_id': 'KEPT',
} as const satisfies Record<string, 'DELETED' | 'KEPT'>;

/** The tables whose rows about a user go, with the column that says whose they are. */
export const deleted = Object.entries(fates)
  .filter(([, fate]) => fate === 'DELETED')
  .map(([reference]) => reference.split('.') as [table: string, column: string]);

/** What each column of an erased user holds; those that are not here stay. A test holds that none was forgotten. */
export const blanks: Record<string, string> = {
  email: 'null',
  full_name: 'null',
  given_name: 'null',
  family_name: 'null',
  name_parts: `'{}'`,
  affiliation: 'null',
  orcid: 'null',
  locale: 'null',
  time_zone: 'null',
  visibility: `'RESTRICTED'`,
  email_visibility: `'RESTRICTED'`,
  locked_fields: `'{}'`,
  muted_notifications: `'{}'`,
  notifies: 'false',
  email_verified_at: 'null',
  verified_at: 'null',
  state: `'DEACTIVATED'`,
  erased_at: 'now()',
  locked_out_at: 'clock_timestamp()',
  version: 'version + 1',
  updated_at: 'now()',
};
