import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';

/** Which usernames and addresses that the answers want are somebody's already, and whose. */
export async function loadHolders(
  tx: Context,
  { usernames, emails }: { usernames: string[]; emails: string[] },
  holders = new Holders(),
): Promise<Holders> {
  if (usernames.length + emails.length === 0) return holders;
  // Only the database knows what its keys take for the same: our lower case is not always its.
  const found = await rows(
    tx,
    sql<{ field: 'username' | 'email'; value: string; folded: string; id: string | null }>`
      select 'username' as field, it as value, lower(it) as folded, u.id
      from unnest(${usernames}::text[]) it left join users u on lower(u.username) = lower(it)
      union all
      select 'email', it, lower(it), u.id
      from unnest(${emails}::text[]) it left join users u on lower(u.email) = lower(it)`,
  );
  for (const { field, value, folded, id } of found) {
    holders.fold(value, folded);
    if (id !== null) holders.take(field, value, id);
  }
  return holders;
}

/** Who has which username and address, ignoring case, while a batch is planned. */
export class Holders {
  private readonly holders = new Map<string, string>();
  private readonly folded = new Map<string, string>();

  /** Notes what the database takes a value for when it ignores case. */
  fold(value: string, folded: string): void {
    this.folded.set(value, folded);
  }

  /** Lets go of what somebody had before they took another. */
  release(field: 'username' | 'email', holder: string): void {
    for (const [key, it] of this.holders) {
      if (it === holder && key.startsWith(`${field} `)) this.holders.delete(key);
    }
  }

  take(field: 'username' | 'email', value: string, holder: string): void {
    this.holders.set(this.key(field, value), holder);
  }

  isTaken(field: 'username' | 'email', value: string, by: string): boolean {
    const holder = this.holders.get(this.key(field, value));
    return holder !== undefined && holder !== by;
  }

  /** Whether the database takes two values for the same. */
  isSame(field: 'username' | 'email', one: string, other: string): boolean {
    return this.key(field, one) === this.key(field, other);
  }

  private key(field: string, value: string): string {
    return `${field} ${this.folded.get(value) ?? value.toLowerCase()}`;
  }
}
