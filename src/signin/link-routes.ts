import type { Routes } from '../feature.ts';

/** Where links in e-mails and on the command line lead, and who has no address yet is asked for one. */
export const linkRoutes: Routes = () => {};
