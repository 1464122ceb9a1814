import type { Level } from '../level.ts';
import type { Adoption, Comment, Joining, NamedCommunity, Names } from './about.ts';
import { line } from './wording.ts';

/** What one kind of e-mail says. */
export interface Message<About> {
  /** When such an e-mail is sent. */
  meaning: string;
  /** Ends “You get this e-mail because …”. */
  why: string;
  write(about: About, names: Names): { subject: string; text: string };
  /** It leads to the community; else to the request. */
  leadsTo?: (about: About) => NamedCommunity;
}

const kindOf = <About>(message: Message<About>): Message<About> => message;

const invited = 'you were invited';
const asked = 'you asked to join';
const keepers = 'you own or manage the community';
const invitedOrKeepers = 'you were invited, or own or manage the community';
const askedOrKeepers = 'you asked to join, or own or manage the community';
const keepersOfBoth = 'you own or manage one of the two communities';

const titled = ({ title }: NamedCommunity) => `“${line(title, 80)}”`;
const levelNames: Record<Level, string> = {
  READER: 'a reader',
  CURATOR: 'a curator',
  MANAGER: 'a manager',
  OWNER: 'an owner',
};

/** Every kind of e-mail: the texts are here, and whom they go to is the caller's business. */
export const messages = {
  INVITATION_SUBMITTED: kindOf<Joining>({
    meaning: 'Somebody invites you to a community.',
    why: invited,
    write: ({ community, level }, { by }) => ({
      subject: `${by} invites you to ${titled(community)}`,
      text: `${by} invites you to become ${levelNames[level]} of the community ${titled(community)}. You can accept or decline the invitation here:`,
    }),
  }),
  INVITATION_CANCELLED: kindOf<Joining>({
    meaning: 'An invitation of yours was taken back.',
    why: invited,
    write: ({ community }, { by }) => ({
      subject: `Your invitation to ${titled(community)} was cancelled`,
      text: `${by} took back your invitation to the community ${titled(community)}. There is nothing that you have to do.`,
    }),
  }),
  INVITATION_ACCEPTED: kindOf<Joining>({
    meaning: 'Somebody accepted an invitation to a community of yours.',
    why: keepers,
    write: ({ community, level }, { user }) => ({
      subject: `${user} joined ${titled(community)}`,
      text: `${user} accepted the invitation and is now ${levelNames[level]} of the community ${titled(community)}.`,
    }),
  }),
  INVITATION_DECLINED: kindOf<Joining>({
    meaning: 'Somebody declined an invitation to a community of yours.',
    why: keepers,
    write: ({ community }, { user }) => ({
      subject: `${user} declined the invitation to ${titled(community)}`,
      text: `${user} declined the invitation to the community ${titled(community)}.`,
    }),
  }),
  INVITATION_EXPIRED: kindOf<Joining>({
    meaning: 'Nobody answered an invitation in time: yours, or one to a community of yours.',
    why: invitedOrKeepers,
    write: ({ community }, { user }) => ({
      subject: `The invitation of ${user} to ${titled(community)} expired`,
      text: `The invitation of ${user} to the community ${titled(community)} was not answered in time and is no longer valid.`,
    }),
  }),
  MEMBERSHIP_SUBMITTED: kindOf<Joining>({
    meaning: 'Somebody asks to join a community of yours.',
    why: keepers,
    write: ({ community }, { user }) => ({
      subject: `${user} asks to join ${titled(community)}`,
      text: `${user} asks to join the community ${titled(community)}. You can accept or decline it here:`,
    }),
  }),
  MEMBERSHIP_CANCELLED: kindOf<Joining>({
    meaning: 'Somebody no longer asks to join a community of yours.',
    why: keepers,
    write: ({ community }, { user }) => ({
      subject: `${user} no longer asks to join ${titled(community)}`,
      text: `${user} took back the request to join the community ${titled(community)}. There is nothing that you have to do.`,
    }),
  }),
  MEMBERSHIP_ACCEPTED: kindOf<Joining>({
    meaning: 'You were let into a community that you asked to join.',
    why: asked,
    write: ({ community, level }, { by }) => ({
      subject: `Welcome to ${titled(community)}`,
      text: `${by} accepted your request: you are now ${levelNames[level]} of the community ${titled(community)}.`,
    }),
    leadsTo: ({ community }) => community,
  }),
  MEMBERSHIP_DECLINED: kindOf<Joining>({
    meaning: 'You were not let into a community that you asked to join.',
    why: asked,
    write: ({ community }, { by }) => ({
      subject: `Your request to join ${titled(community)} was declined`,
      text: `${by} declined your request to join the community ${titled(community)}.`,
    }),
  }),
  MEMBERSHIP_EXPIRED: kindOf<Joining>({
    meaning: 'Nobody answered a request to join in time: yours, or one to a community of yours.',
    why: askedOrKeepers,
    write: ({ community }, { user }) => ({
      subject: `The request of ${user} to join ${titled(community)} expired`,
      text: `The request of ${user} to join the community ${titled(community)} was not answered in time and is no longer valid.`,
    }),
  }),
  SUBCOMMUNITY_SUBMITTED: kindOf<Adoption>({
    meaning: 'A community is to become part of another one, and one of them is yours.',
    why: keepersOfBoth,
    write: ({ parent, child, isInvitation }, { by }) => ({
      subject: isInvitation
        ? `${titled(parent)} invites ${titled(child)}`
        : `${titled(child)} asks to join ${titled(parent)}`,
      text: isInvitation
        ? `${by} invites the community ${titled(child)} to become part of ${titled(parent)}. The invitation is here:`
        : `${by} asks that the community ${titled(child)} become part of ${titled(parent)}. The request is here:`,
    }),
  }),
  SUBCOMMUNITY_ACCEPTED: kindOf<Adoption>({
    meaning: 'A community became part of another one, and one of them is yours.',
    why: keepersOfBoth,
    write: ({ parent, child }, { by }) => ({
      subject: `${titled(child)} is now part of ${titled(parent)}`,
      text: `${by} accepted it: the community ${titled(child)} is now part of ${titled(parent)}.`,
    }),
  }),
  SUBCOMMUNITY_DECLINED: kindOf<Adoption>({
    meaning: 'A community does not become part of another one, and one of them is yours.',
    why: keepersOfBoth,
    write: ({ parent, child }, { by }) => ({
      subject: `${titled(child)} does not become part of ${titled(parent)}`,
      text: `${by} declined that the community ${titled(child)} become part of ${titled(parent)}.`,
    }),
  }),
  SUBCOMMUNITY_CANCELLED: kindOf<Adoption>({
    meaning:
      'A community no longer wants to be, or to have, part of another; one of them is yours.',
    why: keepersOfBoth,
    write: ({ parent, child }, { by }) => ({
      subject: `${titled(child)} and ${titled(parent)}: the request was cancelled`,
      text: `${by} took back the request that the community ${titled(child)} become part of ${titled(parent)}. There is nothing that you have to do.`,
    }),
  }),
  COMMENTED: kindOf<Comment>({
    meaning: 'Somebody wrote in a request that you take part in.',
    why: 'you take part in this conversation',
    write: ({ community }, { by }) => ({
      subject: `${by} commented on a request to ${titled(community)}`,
      text: `${by} wrote in the conversation about a request to the community ${titled(community)}. You can answer here:`,
    }),
  }),
};

export type NotificationKind = keyof typeof messages;
export type About<K extends NotificationKind> = Parameters<(typeof messages)[K]['write']>[0];
