import type { Context } from '../../context.ts';
import { notify } from '../../notifications/notify.ts';
import { type Asked, partiesOf } from '../../requests/find.ts';
import type { Parties } from '../../requests/policy.ts';
import type { RequestState } from '../../requests/request.ts';
import { readNames } from './queries.ts';
import { keepersOf } from './recipients.ts';

type News = RequestState | 'COMMENTED';

/** Whom each news of somebody's way into a community is for: the user, or who keeps the community. */
const audiences = {
  INVITATION: {
    SUBMITTED: ['USER'],
    CANCELLED: ['USER'],
    ACCEPTED: ['KEEPERS'],
    DECLINED: ['KEEPERS'],
    EXPIRED: ['USER', 'KEEPERS'],
  },
  MEMBERSHIP: {
    SUBMITTED: ['KEEPERS'],
    CANCELLED: ['KEEPERS'],
    ACCEPTED: ['USER'],
    DECLINED: ['USER'],
    EXPIRED: ['USER', 'KEEPERS'],
  },
} as const;

/** Tells those whom it concerns what happened to a request, and what was said with it. */
export async function tell(
  tx: Context,
  asked: Asked & { id: string },
  news: News,
  said?: string | null,
): Promise<void> {
  const request = partiesOf(asked);
  const names = await readNames(tx, [request.communityId, request.childId ?? request.communityId]);
  const community = names.get(request.communityId);
  if (!community) return;
  const about = { community, requestId: asked.id };
  const message = said == null ? null : plain(said);
  if (news === 'COMMENTED') {
    const to = await allOf(tx, request);
    return notify(tx, news, { to, about: { ...about, message: message ?? '' } });
  }
  const { kind, userId, level } = request;
  if (kind === 'INVITATION' || kind === 'MEMBERSHIP') {
    if (!userId || !level) return;
    const to: string[] = [];
    for (const audience of audiences[kind][news]) {
      to.push(...(audience === 'USER' ? [userId] : await keepersOf(tx, [request.communityId])));
    }
    return notify(tx, `${kind}_${news}`, { to, about: { ...about, level, userId, message } });
  }
  const child = names.get(request.childId ?? '');
  if (!child || news === 'EXPIRED') return;
  return notify(tx, `SUBCOMMUNITY_${news}`, {
    to: await allOf(tx, request),
    about: {
      parent: community,
      child,
      requestId: asked.id,
      isInvitation: kind === 'SUBCOMMUNITY_INVITATION',
      message,
    },
    alsoToActor: news === 'SUBMITTED',
  });
}

/** Everybody on both sides of a request. */
async function allOf(tx: Context, { communityId, userId, childId }: Parties): Promise<string[]> {
  const keepers = await keepersOf(
    tx,
    [communityId, childId].filter((it) => it !== null),
  );
  return userId === null ? keepers : [...keepers, userId];
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

/** Our harmless HTML as a text for e-mails. */
export const plain = (markup: string): string =>
  markup
    .replace(/<br ?\/?>|<\/(?:p|div|li|tr|h[1-5]|blockquote|pre|table|ul|ol)>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => entities[name] ?? '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
