import type { Dialect, Field } from '../../search/dialect.ts';
import type { Kind } from '../../search/kind.ts';
import { cleaned } from '../../text.ts';

/** An address from its beginning to its sign at least. */
const email = (text: string) => (/^[^\s@:]+@[^\s@]*$/.test(text) ? cleaned(text) : undefined);

/** Members have no index of their own: the codes are those of what they stand for. */
const shown: Field = { is: 'text', code: '', isBare: true, isBegun: true };
const fields = { name: shown, username: shown, affiliation: shown };

const aliases: Record<string, string> = {
  fullname: 'name',
  full_name: 'name',
  affiliations: 'affiliation',
};

/** What a query may say of members to each other, and of people who are to become members. */
export const memberDialect: Dialect = {
  fields: { ...fields, email: { is: 'lookup', read: email, isBare: true } },
  aliases,
  joins: 'AND',
};

/** What anybody's query may say of members who want to be seen. */
export const publicMemberDialect: Dialect = { fields, aliases, joins: 'AND' };

/** What some of the members stand for, and which of its fields are meant by those of members. */
export interface Meant {
  kind: Extract<Kind['name'], 'users' | 'roles'>;
  fields: Readonly<Record<keyof typeof fields, string>>;
}

export const users: Meant = {
  kind: 'users',
  fields: { name: 'name', username: 'username', affiliation: 'affiliation' },
};

/** What a group is about is shown where the institution of a user is. */
export const roles: Meant = {
  kind: 'roles',
  fields: { name: 'name', username: 'slug', affiliation: 'description' },
};
