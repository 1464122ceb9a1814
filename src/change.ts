import { Extensions, Field, Int, InterfaceType, Mutation, ObjectType } from 'type-graphql';
import { demand, type Scope } from './actor.ts';
import type { Context } from './context.ts';
import { enumOf } from './enums.ts';
import { Denial, type Refusal, refusalsIn } from './errors.ts';

export const UserErrorCode = enumOf(
  'UserErrorCode',
  'What kind of mistake it is. More may come: treat one that you do not know as INVALID.',
  {
    INVALID: 'A value is not of the form that it should have.',
    NOT_FOUND: 'There is no such thing, or not for you.',
    CONFLICT: 'It does not fit what is there already.',
    TAKEN: 'Somebody or something else has that name.',
    SLUG_TAKEN: 'Another community has that slug.',
    VERSION_CONFLICT: 'Somebody else changed it since it was read.',
    NOT_HELD: 'The run does not wait for anyone.',
    REMOTE_FAILED: 'The identity service gave no usable answer.',
  },
);

const typeOf = (code: string) =>
  code === 'VERSION_CONFLICT' ? 'VersionConflictError' : 'InputError';

@InterfaceType({
  description: 'Something that the caller can mend.',
  resolveType: (it: UserError) => typeOf(it.code),
})
export abstract class UserError {
  @Field(() => String, { description: 'For people.' })
  message!: string;

  @Field(() => UserErrorCode, { description: 'For programs.' })
  code!: string;

  @Field(() => [String], { nullable: true, description: 'Where in the arguments it is.' })
  path!: string[] | null;
}

@ObjectType({ implements: UserError, description: 'Something is wrong with the input.' })
export class InputError extends UserError {}

@ObjectType({
  implements: UserError,
  description: 'Somebody else changed the thing since it was read.',
})
export class VersionConflictError extends UserError {
  @Field(() => Int, { description: 'The version that it has now.' })
  currentVersion!: number;
}

@ObjectType({ description: 'What every change answers.' })
export abstract class Payload {
  @Field(() => [UserError], { description: 'What is wrong with the input; empty if it was done.' })
  userErrors!: UserError[];
}

const shown = ({ message, code, path, data }: Refusal): UserError => ({
  message,
  code,
  path: path ?? null,
  ...data,
});

/**
 * A mutation, for whoever signed in by something that may be used for it. What it refuses because of its input becomes `userErrors`, here
 * and nowhere else; `query` is added to every payload in the schema.
 */
export function Change(payload: () => new () => Payload, scope: Scope, description: string) {
  return (target: object, name: string | symbol, descriptor: PropertyDescriptor) => {
    const work = descriptor.value as (...args: unknown[]) => Promise<object>;
    descriptor.value = async function (this: unknown, ...args: unknown[]) {
      const ctx = args[0] as Context;
      demand(ctx.actor, ctx.actor.kind !== 'ANYONE');
      if (!ctx.actor.allows(scope))
        throw new Denial('FORBIDDEN', `Your token lacks the scope ${scope}.`, { scope });
      // What an earlier mutation of the same document read may be true no longer.
      ctx.loaders.clear();
      try {
        return { ...(await work.apply(this, args)), userErrors: [], query: {} };
      } catch (error) {
        const refusals = refusalsIn(error);
        if (!refusals) throw error;
        return { userErrors: refusals.map(shown), query: {} };
      }
    };
    Mutation(payload, { description })(target, name, descriptor);
    Extensions({ scope })(target, name, descriptor);
  };
}
