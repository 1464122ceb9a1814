/** The columns of the matrix: who asks. */
export const actors = [
  'anyone',
  'a user',
  'a reader',
  'an owner',
  'a moderator',
  'a syncer',
  'an administrator',
  'an administrator’s token for COMMUNITIES',
  'an administrator’s token for ACCOUNT',
  'an administrator’s token for SYNC',
  'an administrator’s token for MODERATE',
  'an administrator’s token for ADMINISTER',
  'a suspended user',
  'a webhook sender',
] as const;
export type ActorName = (typeof actors)[number];

/** The one scope of an actor's token, if it has not all. */
export const scopeOf = (actor: ActorName): string | undefined => / for ([A-Z]+)$/.exec(actor)?.[1];

/**
 * Whom, or to which role, something is done. Others are readers of a restricted community, of which
 * two of the actors are members as well.
 */
export const targets = {
  people: ['oneself', 'somebody', 'somebody hidden', 'a moderator', 'an administrator'],
  roles: [
    'a role of one’s own',
    'a role of others',
    'a role in the community',
    'a role that owns the community',
    'a role with rights',
    'the administrators',
    'a role of a group',
  ],
  groups: ['a role of a group'],
  nothing: ['oneself'],
} as const;
export type Targets = keyof typeof targets;
export type TargetName = (typeof targets)[Targets][number];

const { people, roles } = targets;

/** What a line of the matrix is about: one target, or each of several. */
const lines: Record<string, readonly TargetName[]> = {
  oneself: people.slice(0, 1),
  somebody: people.slice(1, 2),
  hidden: people.slice(2, 3),
  moderator: people.slice(3, 4),
  administrator: people.slice(4),
  'all people': people,
  'all that show': people.filter((it) => it !== 'somebody hidden'),
  others: people.slice(1),
  'others that show': people.slice(1).filter((it) => it !== 'somebody hidden'),
  'no administrator': people.slice(1, 4),
  own: roles.slice(0, 1),
  'of others': roles.slice(1, 2),
  'in community': roles.slice(2, 3),
  'owns community': roles.slice(3, 4),
  placed: roles.slice(2, 4),
  'local, without rights': roles.slice(1, 4),
  'with rights': roles.slice(4, 5),
  administrators: roles.slice(5, 6),
  'with any rights': roles.slice(4, 6),
  'placed or with rights': roles.slice(2, 6),
  'local but own': roles.slice(1, 6),
  'not the administrators': roles.slice(1).filter((it) => it !== 'the administrators'),
  'of a group': roles.slice(6),
};

/** What comes of it, as the cells say. */
export const outcomes = {
  y: 'may',
  '-': 'may not',
  401: 'must sign in to',
  404: 'finds nothing there to',
  409: 'has the right, but not the occasion, to',
  0: 'sees nothing when they want to',
} as const;
export type Outcome = `${keyof typeof outcomes}`;

/**
 * Who may do what with accounts, roles, tokens and sessions: the users and groups policies of
 * Invenio's matrix, as our design changed them. The cells say what those of communities say:
 *
 *   y    it is done, or seen
 *   -    FORBIDDEN: the actor has not the right, or the token has not the scope
 *   401  UNAUTHENTICATED: nobody signed in, or by nothing that lets anybody in
 *   404  NOT_FOUND, or null: to the actor there is no such thing
 *   409  CONFLICT: things are not so that it can be done, or only elsewhere
 *   0    the field or list is there, and there is nothing in it for the actor
 *
 * The five columns in capitals are tokens of an administrator with that one scope: each brings the
 * right that it is named after, and lets change what it is for. Reading needs no scope. Nobody moderates
 * themselves, and only administrators moderate administrators. What lets somebody in is seen and
 * ended by them and by administrators. Roles that give rights are for administrators; those that
 * are members of communities can be given and taken by nobody who could not give their level there.
 */
const matrix = `
                          anyone  user  reader  owner  moderator  syncer  admin  COMMUNITIES  ACCOUNT  SYNC  MODERATE  ADMINISTER  suspended  sender

# To find people, and see what lets them in

be told who one is
  always                  404     y     y       y      y          y       y      y            y        y     y         y           401        401

find them by their name
  all that show           404     y     y       y      y          y       y      y            y        y     y         y           401        401
  hidden                  404     404   404     404    y          y       y      404          404      y     y         y           401        401

find them by their id
  all that show           404     y     y       y      y          y       y      y            y        y     y         y           401        401
  hidden                  404     404   404     404    y          y       y      404          404      y     y         y           401        401

find them among ids
  all that show           404     y     y       y      y          y       y      y            y        y     y         y           401        401
  hidden                  404     404   404     404    y          y       y      404          404      y     y         y           401        401

find them by a search
  all that show           401     y     y       y      y          y       y      y            y        y     y         y           401        401
  hidden                  401     0     0       0      y          y       y      0            0        y     y         y           401        401

list all users
  always                  401     -     -       -      y          y       y      -            -        y     y         y           401        401

see their address
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others that show        404     0     0       0      y          0       y      0            0        0     y         y           401        401
  hidden                  404     404   404     404    y          0       y      404          404      0     y         y           401        401

see how their account stands
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others that show        404     0     0       0      y          y       y      0            0        y     y         y           401        401
  hidden                  404     404   404     404    y          y       y      404          404      y     y         y           401        401

see their identities
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others that show        404     0     0       0      y          y       y      0            0        y     y         y           401        401
  hidden                  404     404   404     404    y          y       y      404          404      y     y         y           401        401

see their tokens
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others that show        404     0     0       0      0          0       y      0            0        0     0         y           401        401
  hidden                  404     404   404     404    0          0       y      404          404      0     0         y           401        401

see their sessions
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others that show        404     0     0       0      0          0       y      0            0        0     0         y           401        401
  hidden                  404     404   404     404    0          0       y      404          404      0     0         y           401        401

find an identity of theirs by its id
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others                  404     404   404     404    y          y       y      404          404      y     y         y           401        401

find a token of theirs by its id
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others                  404     404   404     404    404        404     y      404          404      404   404       y           401        401

find a session of theirs by its id
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others                  404     404   404     404    404        404     y      404          404      404   404       y           401        401

see why they are in their roles
  oneself                 401     y     y       y      y          y       y      y            y        y     y         y           401        401
  others                  401     -     -       -      -          y       y      -            -        y     -         y           401        401

see all that was done
  always                  401     -     -       -      -          -       y      -            -        -     -         y           401        401

see what was done to them
  all people              401     -     -       -      -          -       y      -            -        -     -         y           401        401

# To change accounts

make an account
  always                  401     -     -       -      y          -       y      -            -        -     y         -           401        401

change it
  oneself                 401     -     -       -      -          -       -      -            -        -     -         -           401        401
  no administrator        401     -     -       -      y          -       y      -            -        -     y         -           401        401
  administrator           401     -     -       -      -          -       y      -            -        -     -         -           401        401

say that they are who they say
  oneself                 401     -     -       -      -          -       -      -            -        -     -         -           401        401
  others                  401     -     -       -      y          -       y      -            -        -     y         -           401        401

close it
  oneself                 401     -     -       -      -          -       -      -            -        -     -         -           401        401
  no administrator        401     -     -       -      y          -       y      -            -        -     y         -           401        401
  administrator           401     -     -       -      -          -       y      -            -        -     -         -           401        401

open it again
  oneself                 401     -     -       -      -          -       -      -            -        -     -         -           401        401
  no administrator        401     -     -       -      y          -       y      -            -        -     y         -           401        401
  administrator           401     -     -       -      -          -       y      -            -        -     -         -           401        401

preview to merge it into another
  oneself                 401     -     -       -      -          -       -      -            -        -     -         -           401        401
  others                  401     -     -       -      -          -       y      -            -        -     -         y           401        401

merge it into another
  oneself                 401     -     -       -      -          -       -      -            -        -     -         -           401        401
  others                  401     -     -       -      -          -       y      -            -        -     -         y           401        401

link an identity to it
  oneself                 401     409   409     409    409        409     409    -            -        -     -         409         401        401
  others                  401     -     -       -      -          -       y      -            -        -     -         y           401        401

unlink an identity from it
  oneself                 401     y     y       y      y          y       y      -            y        -     -         -           401        401
  others                  401     404   404     404    -          -       y      -            404      -     -         -           401        401

export it
  oneself                 401     y     y       y      y          y       y      -            y        -     -         -           401        401
  others                  401     -     -       -      -          -       y      -            -        -     -         -           401        401

erase it
  oneself                 401     -     -       -      -          -       -      -            -        -     -         -           401        401
  others                  401     -     -       -      -          -       y      -            -        -     -         -           401        401

change what one says of oneself
  always                  401     y     y       y      y          y       y      -            y        -     -         -           401        401

change what one wants to be seen
  always                  401     y     y       y      y          y       y      -            y        -     -         -           401        401

change which letters one gets
  always                  401     y     y       y      y          y       y      -            y        -     -         -           401        401

ask for another address
  always                  401     y     y       y      y          y       y      -            y        -     -         -           401        401

# To keep tokens and sessions

make a token
  always                  401     y     y       y      y          y       y      -            y        -     -         -           401        401

rename a token of theirs
  oneself                 401     y     y       y      y          y       y      -            y        -     -         -           401        401
  others                  401     404   404     404    404        404     -      -            404      -     -         -           401        401

revoke a token of theirs
  oneself                 401     y     y       y      y          y       y      -            y        -     -         -           401        401
  others                  401     404   404     404    404        404     y      -            404      -     -         -           401        401

end a session of theirs
  oneself                 401     y     y       y      y          y       y      -            y        -     -         -           401        401
  others                  401     404   404     404    404        404     y      -            404      -     -         -           401        401

sign them out everywhere
  oneself                 401     y     y       y      y          y       y      -            y        -     -         -           401        401
  others that show        401     -     -       -      -          -       y      -            -        -     -         -           401        401
  hidden                  401     404   404     404    -          -       y      -            404      -     -         -           401        401

# To find roles and groups

list all groups
  always                  401     -     -       -      y          y       y      -            -        y     y         y           401        401

list all roles
  always                  401     -     -       -      y          y       y      -            -        y     y         y           401        401

find it by its name
  own                     404     y     y       y      y          y       y      y            y        y     y         y           401        401
  not the administrators  404     404   404     404    y          y       y      404          404      y     y         y           401        401
  administrators          404     404   404     404    y          y       y      y            y        y     y         y           401        401

find it by its id
  own                     404     y     y       y      y          y       y      y            y        y     y         y           401        401
  not the administrators  404     404   404     404    y          y       y      404          404      y     y         y           401        401
  administrators          404     404   404     404    y          y       y      y            y        y     y         y           401        401

find its group
  always                  404     404   404     404    y          y       y      404          404      y     y         y           401        401

see who is in it
  own                     404     y     y       y      y          y       y      y            y        y     y         y           401        401
  not the administrators  404     404   404     404    y          y       y      404          404      y     y         y           401        401
  administrators          404     404   404     404    y          y       y      y            y        y     y         y           401        401

see by whose word they are in it
  own                     404     y     y       y      y          y       y      y            y        y     y         y           401        401
  not the administrators  404     404   404     404    y          y       y      404          404      y     y         y           401        401
  administrators          404     404   404     404    y          y       y      y            y        y     y         y           401        401

see the roles of somebody
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  somebody                404     0     0       0      y          y       y      0            0        y     y         y           401        401
  moderator               404     0     0       0      y          y       y      0            0        y     y         y           401        401
  hidden                  404     404   404     404    y          y       y      404          404      y     y         y           401        401
  administrator           404     0     0       0      y          y       y      y            y        y     y         y           401        401

see by whose word somebody has them
  oneself                 404     y     y       y      y          y       y      y            y        y     y         y           401        401
  others that show        404     0     0       0      y          y       y      0            0        y     y         y           401        401
  hidden                  404     404   404     404    y          y       y      404          404      y     y         y           401        401

# To change roles

make a role
  always                  401     -     -       -      y          -       y      -            -        -     y         -           401        401

make a role with rights
  always                  401     -     -       -      -          -       y      -            -        -     -         -           401        401

say something of it
  own                     401     -     -       -      y          -       y      -            -        -     y         -           401        401
  local, without rights   401     404   404     404    y          -       y      -            -        -     y         -           401        401
  with any rights         401     404   404     404    -          -       y      -            -        -     -         -           401        401
  of a group              401     404   404     404    409        -       409    -            -        -     409       -           401        401

give it rights
  own                     401     -     -       -      -          -       y      -            -        -     -         -           401        401
  local but own           401     404   404     404    -          -       y      -            -        -     -         -           401        401
  of a group              401     404   404     404    409        -       409    -            -        -     409       -           401        401

delete it
  own                     401     -     -       -      y          -       y      -            -        -     y         -           401        401
  of others               401     404   404     404    y          -       y      -            -        -     y         -           401        401
  placed                  401     404   404     404    409        -       409    -            -        -     409       -           401        401
  of a group              401     404   404     404    409        -       409    -            -        -     409       -           401        401
  with rights             401     404   404     404    -          -       y      -            -        -     -         -           401        401
  administrators          401     404   404     404    -          -       409    -            -        -     -         -           401        401

give it to somebody
  own                     401     -     -       -      y          -       y      -            -        -     y         -           401        401
  of others               401     404   404     404    y          -       y      -            -        -     y         -           401        401
  placed or with rights   401     404   404     404    -          -       y      -            -        -     -         -           401        401
  of a group              401     404   404     404    409        -       409    -            -        -     409       -           401        401

take it from somebody
  own                     401     -     -       -      y          -       y      -            -        -     y         -           401        401
  of others               401     404   404     404    y          -       y      -            -        -     y         -           401        401
  placed or with rights   401     404   404     404    -          -       y      -            -        -     -         -           401        401
  of a group              401     404   404     404    409        -       409    -            -        -     409       -           401        401
`;

export interface Expected {
  deed: string;
  actor: ActorName;
  target: TargetName;
  outcome: Outcome;
}

/** The matrix, cell by cell; a line for always is about all that its deed is about. */
export function readMatrix(on: (deed: string) => Targets): Expected[] {
  const cells: Expected[] = [];
  let deed = '';
  for (const line of matrix.split('\n').slice(2)) {
    if (line === '' || line.startsWith('#')) continue;
    if (!line.startsWith(' ')) {
      deed = line;
      continue;
    }
    const [, name = '', rest = ''] = /^ {2}(\S.*?) {2,}(.*)$/.exec(line) ?? [];
    const words = rest.split(/ +/) as Outcome[];
    const about = name === 'always' ? targets[on(deed)] : lines[name];
    if (!about || words.length !== actors.length || words.some((it) => !(it in outcomes))) {
      throw new Error(`The matrix has a line that cannot be read: ${line}`);
    }
    for (const target of about) {
      for (const [index, actor] of actors.entries()) {
        cells.push({ deed, actor, target, outcome: words[index] as Outcome });
      }
    }
  }
  return cells;
}
