import type { Routes } from '../feature.ts';

/** Where people sign in, come back from their provider, and sign out. */
export const signInRoutes: Routes = () => {};
