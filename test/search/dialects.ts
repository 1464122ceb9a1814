import type { Dialect } from '../../src/search/dialect.ts';

/** Dialects like those of the features, but small. */
export const communities: Dialect = {
  fields: {
    title: { is: 'text', code: 't', isBare: true, isBegun: true },
    description: { is: 'text', code: 'd', isBare: true },
    slug: {
      is: 'keyword',
      code: 's',
      isBare: true,
      read: (text) => (/^[\w-]{1,100}$/.test(text) ? text.toLowerCase() : undefined),
    },
    type: { is: 'keyword', code: 'y' },
    created: { is: 'date' },
    updated: { is: 'date' },
    exact: { is: 'keyword', code: 'x', isOurs: true },
  },
  aliases: { 'metadata.title': 'title', 'metadata.type.id': 'type', 'metadata.type': 'type' },
  joins: 'OR',
};

export const users: Dialect = {
  fields: {
    name: { is: 'text', code: 'n', isBare: true, isBegun: true },
    username: { is: 'text', code: 'u', isBare: true, isBegun: true },
    orcid: {
      is: 'keyword',
      code: 'o',
      isBare: true,
      read: (text) => /(?:^|\/)(\d{4}-\d{4}-\d{4}-\d{3}[\dx])$/i.exec(text)?.[1]?.toUpperCase(),
    },
    email: {
      is: 'lookup',
      isBare: true,
      read: (text) => (/^[^\s@]+@[^\s@]+$/.test(text) ? text : undefined),
    },
    exact: { is: 'keyword', code: 'x', isOurs: true },
  },
  aliases: { full_name: 'name' },
  joins: 'AND',
  isTolerant: true,
};
