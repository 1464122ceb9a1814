import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Provider } from '../providers.ts';
import type { Check } from '../search/checks.ts';
import { whyNoAnswer } from './failure.ts';

/** Looks at all that lets people in. */
export async function checkAccess(
  ctx: Context,
  { network: isAsked = false }: { network?: boolean },
): Promise<Check[]> {
  const providers = [...ctx.config.signIn.values()];
  return [
    checkSigningKey(ctx),
    await checkAdministrators(ctx),
    await checkRights(ctx),
    await checkKnownServices(ctx),
    ...(isAsked ? await Promise.all(providers.map(checkProvider)) : []),
  ];
}

function checkSigningKey({ config }: Context): Check {
  const name = 'signing key';
  const [key] = config.signingKeys;
  const says = key
    ? `${key.asymmetricKeyType}${config.signingKeys.length > 1 ? `, and ${config.signingKeys.length - 1} older` : ''}`
    : 'there is none, so no tokens are signed';
  // Nothing is wrong with a server that signs none.
  return { name, isFine: true, says };
}

/** Whoever administers must be able to come in, or nobody can mend the rest. */
async function checkAdministrators(ctx: Context): Promise<Check> {
  const idps = [...ctx.config.signIn.values()].map((it) => it.idp);
  const found = await rows(
    ctx,
    sql<{ username: string; isActive: boolean; comesIn: boolean }>`
      select u.username, u.state = 'ACTIVE' as "isActive",
        exists (select from identities i where i.user_id = u.id and i.gone_at is null
          and i.idp = any(${idps}))
        or exists (select from tokens t where t.user_id = u.id and t.revoked_at is null
          and t.expires_at > now()) as "comesIn"
      from users u where exists (
        select from assignments a join roles r on r.id = a.role_id
        where a.user_id = u.id and r.group_id is null and 'ADMINISTER' = any(r.rights))
      order by u.username`,
  );
  const name = 'administrators';
  const active = found.filter((it) => it.isActive);
  const able = active.filter((it) => it.comesIn);
  const [first] = active;
  if (!first) {
    const run = 'npx collegium user create admin --administrator';
    return { name, isFine: false, says: 'nobody can administer', run };
  }
  if (able.length > 0) {
    const names = able.slice(0, 3).map((it) => it.username);
    return { name, isFine: true, says: `${able.length} can come in, as ${names.join(', ')}` };
  }
  const says = `none of ${active.length} has an identity to sign in by, or a token`;
  return { name, isFine: false, says, run: `npx collegium user sign-in-link ${first.username}` };
}

/** A right that nobody has is no fault; one that is spread wide perhaps is. */
async function checkRights(ctx: Context): Promise<Check> {
  const found = await rows(
    ctx,
    sql<{ name: string }>`
      select r.name from roles r where r.group_id is null and r.rights <> '{}'
        and not exists (select from assignments a where a.role_id = r.id) order by r.name`,
  );
  const empty = found.map((it) => it.name);
  const says = empty.length === 0 ? 'each has people' : `nobody is in ${empty.join(', ')}`;
  const run = `npx collegium role assign ${empty[0]} <username>`;
  const isFine = empty.length === 0;
  return { name: 'roles with rights', isFine, says, ...(!isFine && { run }) };
}

/** Identities and groups of services that nobody configures are in step with nothing. */
async function checkKnownServices(ctx: Context): Promise<Check> {
  const { idps, signIn, issuers } = ctx.config;
  const known = [
    ...idps.keys(),
    ...[...signIn.values()].map((it) => it.idp),
    ...issuers.map((it) => it.idp),
  ];
  const found = await rows(
    ctx,
    sql<{ idp: string; identities: number; groups: number }>`
      select idp, sum(identities)::int as identities, sum(groups)::int as groups from (
        select idp, count(*) as identities, 0 as groups from identities group by idp
        union all
        select idp, 0, count(*) from groups where deleted_at is null group by idp) it
      where idp <> all(${known}) group by idp order by idp`,
  );
  const each = found.map((it) => `${it.idp} (${it.identities} identities, ${it.groups} groups)`);
  const isFine = each.length === 0;
  return {
    name: 'services',
    isFine,
    says: isFine ? 'all that are known here are configured' : `not configured: ${each.join(', ')}`,
    ...(!isFine && { run: 'npx collegium config print' }),
  };
}

/** Whether a provider is there, by the address at which it describes itself. */
async function checkProvider(provider: Provider): Promise<Check> {
  const name = `sign-in by ${provider.key}`;
  const url =
    provider.kind === 'oidc'
      ? `${provider.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
      : provider.entryPoint;
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5000) });
    const isFine = provider.kind === 'oidc' ? response.ok : response.status < 500;
    const says = `${url} answers ${response.status}`;
    return { name, isFine, says, ...(!isFine && { run: `curl -sSi ${url}` }) };
  } catch (error) {
    const says = `${url} does not answer: ${whyNoAnswer(error)}`;
    return { name, isFine: false, says, run: `curl -sSi ${url}` };
  }
}
