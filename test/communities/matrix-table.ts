/** The columns of the matrix: who asks. */
export const actors = [
  'anyone',
  'a stranger',
  'a reader',
  'a curator',
  'a manager',
  'an owner',
  'a moderator',
  'an administrator',
  'a manager by a role',
] as const;
export type ActorName = (typeof actors)[number];

/** What a line of the matrix is about: a community in one state, or in each of several. */
export const states = [
  'a public community',
  'a restricted community',
  'a deleted public community',
  'a deleted restricted community',
  'a community marked for purge',
] as const;
export type StateName = (typeof states)[number];

const lines: Record<string, readonly StateName[]> = {
  always: states,
  live: states.slice(0, 2),
  gone: states.slice(2),
  deleted: states.slice(2, 4),
  public: states.slice(0, 1),
  restricted: states.slice(1, 2),
  'deleted public': states.slice(2, 3),
  'deleted restricted': states.slice(3, 4),
  'marked for purge': states.slice(4),
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
 * Who may do what with a community, in which state: Invenio's matrix, as our design changed it.
 *
 *   y    it is done, or seen
 *   -    FORBIDDEN: the actor sees the community, and has not the right
 *   401  UNAUTHENTICATED: the same, for those who did not sign in
 *   404  NOT_FOUND, or null: to the actor there is no such community, request or member
 *   409  CONFLICT: the actor has the right, and things are not so that it can be done
 *   0    the field or list is there, and there is nothing in it for the actor
 *
 * Where it differs from Invenio's: an administrator may manage any community, and add people
 * directly; owners see their own communities that were deleted, for they may restore them;
 * moderators see those of all, and else no more than any user. Whoever did not sign in changes
 * nothing, and is told so before anything is looked up: 401 whether there is such a community or not.
 */
const matrix = `
                      anyone  stranger  reader  curator  manager  owner  moderator  administrator  manager by role

# To find a community

find it by its slug
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      y          y              404

find it by its former slug
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      y          y              404

find it by its id
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      y          y              404

find it among other ids
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      y          y              404

find it in the list
  public              y       y         y       y        y        y      y          y              y
  restricted          0       0         y       y        y        y      0          y              y
  gone                0       0         0       0        0        0      0          0              0

find it in the list of all states
  public              y       y         y       y        y        y      y          y              y
  restricted          0       0         y       y        y        y      0          y              y
  gone                0       0         0       0        0        y      y          y              0

find it in the list of what is restricted
  public              0       0         0       0        0        0      0          0              0
  restricted          0       0         y       y        y        y      0          y              y
  deleted public      0       0         0       0        0        0      0          0              0
  deleted restricted  0       0         0       0        0        y      y          y              0
  marked for purge    0       0         0       0        0        0      0          0              0

find it in the list of what is put forward
  public              y       y         y       y        y        y      y          y              y
  restricted          0       0         0       0        0        0      0          0              0
  gone                0       0         0       0        0        0      0          0              0

find it among what is put forward
  public              y       y         y       y        y        y      y          y              y
  restricted          0       0         0       0        0        0      0          0              0
  gone                0       0         0       0        0        0      0          0              0

find it as the parent of its child
  public              y       y         y       y        y        y      y          y              y
  restricted          0       0         y       y        y        y      0          y              y
  gone                0       0         0       0        0        0      0          0              0

find it among the children of its parent
  public              y       y         y       y        y        y      y          y              y
  restricted          0       0         y       y        y        y      0          y              y
  gone                0       0         0       0        0        0      0          0              0

see the children of it
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      y          y              404

list the children of it
  public              y       y         y       y        y        y      y          y              y
  restricted          0       0         y       y        y        y      0          y              y
  gone                0       0         0       0        0        y      y          y              0

find it among their own communities
  live                404     0         y       y        y        y      0          0              y
  gone                404     0         0       0        0        0      0          0              0

find it among the communities of a visible member
  public              404     y         y       y        y        y      y          y              y
  restricted          404     0         y       y        y        y      0          y              y
  gone                404     0         0       0        0        0      0          0              0

find it among the communities of a hidden member
  live                404     0         y       y        y        y      0          y              y
  gone                404     0         0       0        0        0      0          0              0

find it on their own invitation
  public              404     y         y       y        y        y      y          y              y
  restricted          404     0         y       y        y        y      0          y              y
  gone                404     0         0       0        0        y      y          y              0

see why they are in it
  live                401     0         0       0        0        0      0          0              y
  gone                401     0         0       0        0        0      0          0              0

find it as the community of its group
  public              404     y         y       y        y        y      y          y              y
  restricted          404     0         y       y        y        y      0          y              y
  gone                404     0         0       0        0        y      y          y              0

open the page of it over HTTP
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      404    404        404            404

open the page of it by its former slug
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      404    404        404            404

fetch the logo of it
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      404    404        404            404

fetch the logo of it by its whole address
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      404    404        404            404

# To see what is said of one that was deleted

find the tombstone of it
  live                404     404       404     404      404      404    404        404            404
  deleted public      y       y         y       y        y        y      y          y              y
  deleted restricted  404     404       y       y        y        y      y          y              y
  marked for purge    y       y         y       y        y        y      y          y              y

find the hidden tombstone of it
  live                404     404       404     404      404      404    404        404            404
  gone                404     404       404     404      404      y      y          y              404

see who removed it
  live                404     404       404     404      404      404    404        404            404
  deleted public      0       0         0       0        0        y      y          y              0
  deleted restricted  404     404       0       0        0        y      y          y              0
  marked for purge    0       0         0       0        0        y      y          y              0

see the tombstone on it
  public              0       0         0       0        0        0      0          0              0
  restricted          404     404       0       0        0        0      404        0              0
  gone                404     404       404     404      404      y      y          y              404

# To see what is told to few

see the history of it
  public              0       0         0       0        0        y      0          y              0
  restricted          404     404       0       0        0        y      404        y              0
  gone                404     404       404     404      404      y      0          y              404

search the audit log for it
  always              401     -         -       -        -        -      -          y              -

see whether it is verified
  public              0       0         0       0        0        0      0          y              0
  restricted          404     404       0       0        0        0      404        y              0
  gone                404     404       404     404      404      0      0          y              404

see that it is put forward
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       0       0        0        0      404        0              0
  gone                404     404       404     404      404      0      0          0              404

see when it is put forward
  public              0       0         0       0        0        0      0          y              0
  restricted          404     404       0       0        0        0      404        y              0
  gone                404     404       404     404      404      0      0          y              404

find by its id when it is put forward
  always              404     404       404     404      404      404    404        y              404

# To see its members

see the members of it
  public              0       0         y       y        y        y      0          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      0          y              404

see how many members it has
  public              0       0         y       y        y        y      0          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      0          y              404

see which kinds of members it has
  public              0       0         y       y        y        y      0          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      0          y              404

find a hidden member of it by id
  live                404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      y      404        y              404

see the visible members of it
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      0      0          0              404

find a visible member of it by id
  public              y       y         y       y        y        y      y          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      404    404        404            404

find a hidden member of it by their public id
  always              404     404       404     404      404      404    404        404            404

see the visible members of it, for members only
  public              0       0         y       y        y        y      0          y              y
  restricted          404     404       y       y        y        y      404        y              y
  gone                404     404       404     404      404      0      0          0              404

# To see its requests

see the requests of it
  public              0       0         0       0        y        y      0          y              y
  restricted          404     404       0       0        y        y      404        y              y
  gone                404     404       404     404      404      y      0          y              404

see the invitations of it
  public              0       0         0       0        y        y      0          y              y
  restricted          404     404       0       0        y        y      404        y              y
  gone                404     404       404     404      404      y      0          y              404

see who asks to join it
  public              0       0         0       0        y        y      0          y              y
  restricted          404     404       0       0        y        y      404        y              y
  gone                404     404       404     404      404      y      0          y              404

find an invitation to it by id
  always              404     404       404     404      y        y      404        y              y

find a comment on an invitation to it by id
  always              404     404       404     404      y        y      404        y              y

find an invitation to it in their list
  always              401     0         0       0        y        y      0          y              y

find who asks to join it in their list
  always              401     0         0       0        y        y      0          y              y

# To found and change communities

found one like it
  always              401     y         y       y        y        y      y          y              y

found one with a theme beside it
  always              401     -         -       -        -        -      -          y              -

found one for children beside it
  always              401     -         -       -        -        -      -          y              -

found a child of it
  live                401     -         -       -        -        -      -          y              -
  gone                401     -         -       -        -        -      -          409            -

describe it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

open or close it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

change who sees it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

give it a theme
  public              401     -         -       -        -        -      -          y              -
  restricted          401     404       -       -        -        -      404        y              -
  gone                401     404       404     404      404      409    -          409            404

let it have children
  public              401     -         -       -        -        -      -          y              -
  restricted          401     404       -       -        -        -      404        y              -
  gone                401     404       404     404      404      409    -          409            404

give it a parent
  public              401     -         -       -        -        -      -          y              -
  restricted          401     404       -       -        -        -      404        y              -
  gone                401     404       404     404      404      409    -          409            404

make it a parent of their own
  live                401     -         -       -        -        -      -          y              -
  gone                401     -         -       -        -        -      -          409            -

rename it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

delete it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

restore it
  public              401     -         -       -        -        409    -          409            -
  restricted          401     404       -       -        -        409    404        409            -
  deleted             401     404       404     404      404      y      -          y              404
  marked for purge    401     404       404     404      404      409    -          409            404

write the tombstone of it
  public              401     -         -       -        -        409    -          409            -
  restricted          401     404       -       -        -        409    404        409            -
  gone                401     404       404     404      404      y      -          y              404

mark it for purge
  public              401     -         -       -        -        409    -          409            -
  restricted          401     404       -       -        -        409    404        409            -
  deleted             401     404       404     404      404      y      -          y              404
  marked for purge    401     404       404     404      404      409    -          409            404

take the mark off it
  public              401     -         -       -        -        409    -          409            -
  restricted          401     404       -       -        -        409    404        409            -
  deleted             401     404       404     404      404      409    -          409            404
  marked for purge    401     404       404     404      404      y      -          y              404

put it forward
  public              401     -         -       -        -        -      -          y              -
  restricted          401     404       -       -        -        -      404        409            -
  gone                401     404       404     404      404      -      -          409            404

put it forward no longer
  public              401     -         -       -        -        -      -          y              -
  restricted          401     404       -       -        -        -      404        y              -
  gone                401     404       404     404      404      -      -          409            404

give it a logo
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

take the logo off it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

link it to a group
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

part it from its group
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

# To change its members

add a role to it
  public              401     -         -       -        y        y      -          y              y
  restricted          401     404       -       -        y        y      404        y              y
  gone                401     404       404     404      404      409    -          409            404

add a role that owns it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

add a user to it
  public              401     -         -       -        -        -      -          y              -
  restricted          401     404       -       -        -        -      404        y              -
  gone                401     404       404     404      404      409    -          409            404

promote a reader of it
  public              401     -         -       -        y        y      -          y              y
  restricted          401     404       -       -        y        y      404        y              y
  gone                401     404       404     404      404      409    -          409            404

make a reader an owner of it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

demote an owner of it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

hide a visible reader of it
  public              401     -         -       -        y        y      -          y              y
  restricted          401     404       -       -        y        y      404        y              y
  gone                401     404       404     404      404      409    -          409            404

show a hidden reader of it
  public              401     -         -       -        409      409    -          409            409
  restricted          401     404       -       -        409      409    404        409            409
  gone                401     404       404     404      404      409    -          409            404

hide a role in it
  public              401     -         -       -        y        y      -          y              y
  restricted          401     404       -       -        y        y      404        y              y
  gone                401     404       404     404      404      409    -          409            404

silence a role in it
  public              401     -         -       -        y        y      -          y              y
  restricted          401     404       -       -        y        y      404        y              y
  gone                401     404       404     404      404      409    -          409            404

show that they are in it
  public              401     -         y       y        y        y      -          404            404
  restricted          401     404       y       y        y        y      404        404            404
  gone                401     404       404     404      404      409    -          409            404

change their own level in it
  public              401     -         409     409      409      409    -          404            404
  restricted          401     404       409     409      409      409    404        404            404
  gone                401     404       404     404      404      409    -          409            404

remove a reader from it
  public              401     -         -       -        y        y      -          y              y
  restricted          401     404       -       -        y        y      404        y              y
  gone                401     404       404     404      404      409    -          409            404

remove an owner from it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

remove themselves from it
  public              401     -         y       y        y        y      -          404            404
  restricted          401     404       y       y        y        y      404        404            404
  gone                401     404       404     404      404      409    -          409            404

leave it
  public              401     -         y       y        y        y      -          -              409
  restricted          401     404       y       y        y        y      404        -              409
  gone                401     404       404     404      404      409    -          -              404

# To invite and to ask

invite a reader to it
  public              401     -         -       -        y        y      -          y              y
  restricted          401     404       -       -        y        y      404        y              y
  gone                401     404       404     404      404      409    -          409            404

invite an owner to it
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

ask to join it
  public              401     y         -       -        -        -      y          y              -
  restricted          401     404       -       -        -        -      404        -              -
  deleted public      401     404       404     404      404      -      409        409            404
  deleted restricted  401     404       404     404      404      -      -          -              404
  marked for purge    401     404       404     404      404      -      409        409            404

ask to join it, which is closed
  public              401     -         -       -        -        -      -          -              -
  restricted          401     404       -       -        -        -      404        -              -
  gone                401     404       404     404      404      -      -          -              404

accept who asks to join it
  live                401     404       404     404      y        y      404        y              y
  gone                401     404       404     404      409      409    404        409            409

accept who asks to join it as an owner
  live                401     404       404     404      -        y      404        y              -
  gone                401     404       404     404      -        409    404        409            -

decline who asks to join it
  always              401     404       404     404      y        y      404        y              y

cancel for somebody who asks to join it
  always              401     404       404     404      -        -      404        y              -

accept for somebody invited to it
  always              401     404       404     404      -        -      404        -              -

decline for somebody invited to it
  always              401     404       404     404      -        -      404        y              -

cancel an invitation to it
  always              401     404       404     404      y        y      404        y              y

cancel the invitation of an owner to it
  always              401     404       404     404      -        y      404        y              -

invite somebody to more in it
  always              401     404       404     404      y        y      404        y              y

invite somebody to own it instead
  always              401     404       404     404      -        y      404        y              -

comment on an invitation to it
  always              401     404       404     404      y        y      404        y              y

edit the comment of somebody else about it
  always              401     404       404     404      -        -      404        y              -

delete the comment of somebody else about it
  always              401     404       404     404      -        -      404        y              -

lock an invitation to it
  always              401     404       404     404      -        -      404        y              -

lock who asks to join it
  always              401     404       404     404      y        y      404        y              y

unlock who asks to join it
  always              401     404       404     404      y        y      404        y              y

accept their own invitation to it
  live                401     y         y       y        y        y      y          y              y
  gone                401     409       409     409      409      409    409        409            409

decline their own invitation to it
  always              401     y         y       y        y        y      y          y              y

cancel their own invitation to it
  always              401     -         -       -        y        y      -          y              y

raise their own invitation to it
  always              401     -         -       -        -        -      -          -              -

cancel their own wish to join it
  always              401     y         y       y        y        y      y          y              y

accept their own wish to join it
  always              401     -         -       -        -        -      -          -              -

# To be part of another community

ask for it to become a child
  public              401     -         -       -        -        y      -          y              -
  restricted          401     404       -       -        -        y      404        y              -
  gone                401     404       404     404      404      409    -          409            404

ask it to become its child
  public              401     y         y       y        y        y      y          y              y
  restricted          401     404       y       y        y        y      404        y              y
  gone                401     404       404     404      404      409    409        409            404

invite others to become its children
  public              401     -         -       -        y        y      -          y              y
  restricted          401     404       -       -        y        y      404        y              y
  gone                401     404       404     404      404      409    -          409            404

invite it to become a child
  public              401     y         y       y        y        y      y          y              y
  restricted          401     404       y       y        y        y      404        y              y
  gone                401     404       404     404      404      409    409        409            404

accept a child for it
  live                401     -         -       -        y        y      -          y              y
  gone                401     -         -       -        409      409    -          409            409

decline a child for it
  always              401     -         -       -        y        y      -          y              y

take back the wish of it for a parent
  always              401     -         -       -        y        y      -          y              y
`;

export interface Expected {
  deed: string;
  actor: ActorName;
  state: StateName;
  outcome: Outcome;
}

/** The matrix, cell by cell. */
export function readMatrix(): Expected[] {
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
    const about = lines[name];
    if (!about || words.length !== actors.length || words.some((it) => !(it in outcomes))) {
      throw new Error(`The matrix has a line that cannot be read: ${line}`);
    }
    for (const state of about) {
      for (const [index, actor] of actors.entries()) {
        cells.push({ deed, actor, state, outcome: words[index] as Outcome });
      }
    }
  }
  return cells;
}
