import { enumOf } from '../enums.ts';
import type { Section } from './export/sections.ts';
import type { MergeChangeKind } from './merging/changes.ts';

export const MergeChangeKindEnum = enumOf<MergeChangeKind>(
  'MergeChangeKind',
  'One thing that a merge does.',
  {
    IDENTITY_MOVED: 'Who signs in by the identity comes into the account that stays.',
    IDENTITY_RETIRED:
      'Its service no longer knows it, and knows the person as another: it is left to the account that is closed.',
    ROLE_MOVED: 'The account that stays gets a role, by the same source.',
    ROLE_DROPPED: 'The account that stays has the role by that source already.',
    MEMBER_MOVED: 'The account that stays becomes a member of a community.',
    MEMBER_RAISED: 'It is a member already, and gets the higher level of the two.',
    MEMBER_DROPPED: 'It is a member already, and at least as much.',
    REQUEST_CANCELLED:
      'An open request comes to nothing: there is another, or it asks for no more than there is.',
    FIELD_FILLED: 'A field in which nothing was said.',
    FIELD_CLEARED: 'A field that the account that is closed does not keep.',
    ROWS_MOVED: 'What else was about the one account, or done by it, is the other’s.',
    DOORS_CLOSED: 'What let somebody into the account that is closed, and does so no more.',
  },
);

export const ExportSection = enumOf<Section>(
  'ExportSection',
  'A part of what is kept of a person.',
  {
    IDENTITIES: 'How identity services know them.',
    ROLES: 'Their roles, and by which source they have them.',
    MEMBERSHIPS: 'The communities that they are a member of by themselves.',
    REQUESTS: 'Requests that they made, or that are about them.',
    COMMENTS: 'What they said and did in requests.',
    SESSIONS: 'Where they are signed in; without what the browser holds.',
    TOKENS: 'Their personal tokens; without what they are.',
    AUDIT_EVENTS: 'What was done to their account, and what they did.',
    SYNC_RUNS: 'What was learnt of them from identity services.',
    MAILS: 'The e-mails that went to them, by their subjects.',
  },
);
