import { demand } from '../actor.ts';
import { record } from '../audit/service.ts';
import { type Context, transact } from '../context.ts';
import { notFound } from '../errors.ts';
import { findUser } from '../users/queries.ts';
import { administrators } from './administrators.ts';
import { Assignment, Role } from './group.ts';

/** Lets a user do everything in this instance. */
export function makeAdministrator(ctx: Context, username: string): Promise<void> {
  demand(ctx.actor, ctx.actor.has('ADMINISTER'));
  return transact(ctx, async (tx) => {
    const user = await findUser(tx, username);
    if (!user) throw notFound(`user as ${username}`, 'input', 'username');
    const role = await tx.em.findOneOrFail(Role, { name: administrators });
    const key = { role: role.id, user: user.uuid, source: 'LOCAL' };
    if (await tx.em.findOne(Assignment, key)) return;
    tx.em.create(Assignment, key);
    record(tx, 'role.assigned', { kind: 'Role', id: role.id }, { user: user.uuid });
  });
}
