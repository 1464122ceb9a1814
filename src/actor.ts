import { Denial } from './errors.ts';
import { atLeast, type Level } from './level.ts';

/** What a local role lets its people do in the whole instance. */
export const rights = ['ADMINISTER', 'MODERATE', 'SYNC'] as const;
export type Right = (typeof rights)[number];

/** What a credential may be used for, beside reading: its owner's rights and no more. */
export const scopes = ['COMMUNITIES', 'ACCOUNT', 'SYNC', 'MODERATE', 'ADMINISTER'] as const;
export type Scope = (typeof scopes)[number];

/** By what an actor is known. */
export interface Credential {
  kind: 'SESSION' | 'TOKEN' | 'JWT' | 'SENDER';
  /** The UUID of the session or token, the `jti` of the JWT, the idp of the sender. */
  id?: string;
  /** Absent if it may be used for everything. */
  scopes?: ReadonlySet<Scope>;
  /** When a token expires. */
  expiresAt?: Date;
  /** When a JWT was signed, at the earliest. */
  issuedAt?: Date;
}

/** Who is asking. It brings its rights and levels, so that a policy needs no database. */
export class Actor {
  /** The server itself: jobs and the command line. */
  static readonly system = new Actor(
    'SYSTEM',
    undefined,
    new Set<Right>(['ADMINISTER']),
    new Map(),
  );
  /** Nobody that we know. */
  static readonly anyone = new Actor('ANYONE', undefined, new Set(), new Map());

  constructor(
    readonly kind: 'USER' | 'SERVICE' | 'SYSTEM' | 'ANYONE',
    readonly id: string | undefined,
    private readonly rights: ReadonlySet<Right>,
    /** Community id → the highest level there, by the actor's own membership or a role's. */
    readonly levels: ReadonlyMap<string, Level>,
    /** Absent for the system, and for nobody. */
    readonly by?: Credential,
  ) {}

  /** A user; of the rights, only those that the credential brings along. */
  static user(
    id: string,
    given: Iterable<Right>,
    levels: Iterable<[string, Level]>,
    by?: Credential,
  ): Actor {
    const own = new Set(given);
    const all = own.has('ADMINISTER') ? rights : [...own];
    const brought = all.filter((it) => by?.scopes?.has(it) ?? true);
    return new Actor('USER', id, new Set(brought), new Map(levels), by);
  }

  get userId(): string | undefined {
    return this.kind === 'USER' ? this.id : undefined;
  }

  /** An administrator has every right. */
  has(right: Right): boolean {
    return this.rights.has(right) || this.rights.has('ADMINISTER');
  }

  /** Whether the credential may be used for something. */
  allows(scope: Scope): boolean {
    return this.by?.scopes?.has(scope) ?? true;
  }

  /** The same actor with another level in a community; with none if it is undefined. */
  at(communityId: string, level: Level | undefined): Actor {
    const levels = new Map(this.levels);
    if (level === undefined) levels.delete(communityId);
    else levels.set(communityId, level);
    return new Actor(this.kind, this.id, this.rights, levels, this.by);
  }

  isAtLeast(level: Level, communityId: string): boolean {
    const own = this.levels.get(communityId);
    return own !== undefined && atLeast(own, level);
  }
}

/** Goes on only if a policy allows it; tells the unknown to sign in, and others that they may not. */
export function demand(actor: Actor, allowed: boolean, message = 'You may not do this.'): void {
  if (allowed) return;
  if (actor.kind === 'ANYONE') throw new Denial('UNAUTHENTICATED', 'Sign in first.');
  throw new Denial('FORBIDDEN', message);
}
