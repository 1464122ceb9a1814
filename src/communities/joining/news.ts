import type { Context } from '../../context.ts';
import { notify } from '../../notifications/notify.ts';
import { type Asked, partiesOf } from '../../requests/find.ts';
import type { Parties } from '../../requests/policy.ts';
import type { RequestKind, RequestState } from '../../requests/request.ts';
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

/** Whom news of a request is for; where communities are to come together, both hear of all. */
const audienceOf = (kind: RequestKind, news: News): readonly ('USER' | 'KEEPERS')[] => {
  if (news === 'COMMENTED') return ['USER', 'KEEPERS'];
  return kind === 'INVITATION' || kind === 'MEMBERSHIP' ? audiences[kind][news] : ['KEEPERS'];
};

/** The communities of a request. */
const placesOf = ({ communityId, childId }: Parties): string[] =>
  childId === null ? [communityId] : [communityId, childId];

/**
 * Tells those whom it concerns what happened to requests, the same to all of these, and what was
 * said with it: by as many statements for hundreds as for one.
 */
export async function tell(
  tx: Context,
  requests: readonly (Asked & { id: string })[],
  news: News,
  said?: string | null,
): Promise<void> {
  const message = said == null ? null : plain(said);
  for (const [kind, some] of Map.groupBy(await addressed(tx, requests, news), (it) => it.kind)) {
    if (news === 'COMMENTED') {
      const notices = some.map(({ to, community, requestId }) => ({
        to,
        about: { community, requestId, message: message ?? '' },
      }));
      await notify(tx, news, notices);
    } else if (kind === 'INVITATION' || kind === 'MEMBERSHIP') {
      const notices = some.flatMap(({ to, community, requestId, level, userId }) =>
        level && userId ? { to, about: { community, requestId, level, userId, message } } : [],
      );
      await notify(tx, `${kind}_${news}`, notices);
    } else if (news !== 'EXPIRED') {
      const isInvitation = kind === 'SUBCOMMUNITY_INVITATION';
      const alsoToActor = news === 'SUBMITTED';
      const notices = some.flatMap(({ to, community: parent, child, requestId }) =>
        child
          ? { to, about: { parent, child, requestId, isInvitation, message }, alsoToActor }
          : [],
      );
      await notify(tx, `SUBCOMMUNITY_${news}`, notices);
    }
  }
}

/** Requests with what their communities are called and whom news of them is for. */
async function addressed(tx: Context, asked: readonly (Asked & { id: string })[], news: News) {
  if (asked.length === 0) return [];
  const requests = asked.map((it) => ({ ...partiesOf(it), requestId: it.id }));
  const names = await readNames(tx, [...new Set(requests.flatMap(placesOf))]);
  const forKeepers = requests.filter((it) => audienceOf(it.kind, news).includes('KEEPERS'));
  const keepers = await keepersOf(tx, [...new Set(forKeepers.flatMap(placesOf))]);
  const keepersIn = (request: Parties) => placesOf(request).flatMap((it) => keepers.get(it) ?? []);
  return requests.flatMap((request) => {
    const to = audienceOf(request.kind, news).flatMap((it) =>
      it === 'USER' ? (request.userId ?? []) : keepersIn(request),
    );
    const community = names.get(request.communityId);
    return community ? { ...request, to, community, child: names.get(request.childId ?? '') } : [];
  });
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
