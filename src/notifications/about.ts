import type { Level } from '../level.ts';

/** A community, as far as an e-mail names it. */
export interface NamedCommunity {
  title: string;
  slug: string;
}

/** Somebody's way into a community: an invitation, or their own wish to join. */
export interface Joining {
  community: NamedCommunity;
  /** The request's UUID. */
  requestId: string;
  level: Level;
  /** Who was invited, or asks to join. */
  userId: string;
  /** What was written with it, as plain text. */
  message?: string | null;
}

/** A community's way into another one. */
export interface Adoption {
  parent: NamedCommunity;
  child: NamedCommunity;
  /** The request's UUID. */
  requestId: string;
  /** The parent invites the child; else the child asks to join. */
  isInvitation?: boolean;
  /** What was written with it, as plain text. */
  message?: string | null;
}

/** What somebody wrote in a request's conversation. */
export interface Comment {
  community: NamedCommunity;
  /** The request's UUID. */
  requestId: string;
  /** As plain text. */
  message: string;
}

/** How people are called in an e-mail: who did it, and whom it is about. */
export interface Names {
  by: string;
  user: string;
}
