import accounts from './accounts/index.ts';
import audit from './audit/index.ts';
import communities from './communities/index.ts';
import credentials from './credentials/index.ts';
import type { Feature } from './feature.ts';
import groups from './groups/index.ts';
import notifications from './notifications/index.ts';
import requests from './requests/index.ts';
import signin from './signin/index.ts';
import sync from './sync/index.ts';
import users from './users/index.ts';
import webhooks from './webhooks/index.ts';

/** The features in the order in which they may use each other: each may use those before it. */
export const features: Feature[] = [
  audit,
  users,
  credentials,
  groups,
  notifications,
  requests,
  communities,
  sync,
  accounts,
  signin,
  webhooks,
];
