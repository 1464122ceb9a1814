import { defineEntity, p } from '@mikro-orm/core';
import { base } from '../base.ts';
import { User } from '../users/user.ts';
import type { Checks } from './provider.ts';

/** A browser that was sent to a provider and is to come back, once. */
const SignInSchema = defineEntity({
  name: 'SignIn',
  tableName: 'sign_ins',
  properties: {
    ...base,
    /** The sha256 of what the browser's cookie holds: nobody else may come back with the answer. */
    hash: p.blob(),
    provider: p.text(),
    /** What the answer must fit. */
    checks: p.json<Checks>(),
    returnTo: p.text(),
    /** Who is signed in and adds an identity; null if somebody signs in. */
    user: () => p.manyToOne(User).ref().nullable(),
    expiresAt: p.datetime(),
  },
});
export class SignIn extends SignInSchema.class {}
SignInSchema.setClass(SignIn);
