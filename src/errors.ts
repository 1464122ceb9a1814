import type { z } from 'zod';

/** What the caller can mend: these travel in a mutation's `userErrors`. */
export const refusalCodes = [
  'INVALID',
  'NOT_FOUND',
  'CONFLICT',
  'TAKEN',
  'SLUG_TAKEN',
  'VERSION_CONFLICT',
  'NOT_HELD',
  'REMOTE_FAILED',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** What the caller may not do: these are top-level errors. */
export type DenialCode = 'UNAUTHENTICATED' | 'FORBIDDEN' | 'RATE_LIMITED';

/** The status with which a door that has one says it. */
export const statusOf: Record<DenialCode, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
};

/** The caller asked for something that cannot be done, and can ask better. */
export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly path?: string[],
    readonly data: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** Several refusals of one input, all of them at once. */
export class Refusals extends Error {
  constructor(readonly all: Refusal[]) {
    super(all.map((it) => it.message).join(' '));
  }
}

/** The caller may not do this, or not now, or nobody knows who the caller is. */
export class Denial extends Error {
  constructor(
    readonly code: DenialCode,
    message: string,
    /** What programs are told beside. */
    readonly data: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

export const notFound = (what: string, ...path: string[]): Refusal =>
  new Refusal('NOT_FOUND', `There is no such ${what}.`, path.length > 0 ? path : undefined);

/** Goes on if nobody changed the thing since the caller saw it. */
export function demandVersion(
  { version: currentVersion }: { version: number },
  expected: number | null | undefined,
): void {
  if (expected == null || expected === currentVersion) return;
  throw new Refusal(
    'VERSION_CONFLICT',
    `It is at version ${currentVersion} by now.`,
    ['input', 'expectedVersion'],
    { currentVersion },
  );
}

/** The input, if it has the shape; else all that is wrong with it, at once. */
export function valid<T>(shape: z.ZodType<T>, input: unknown): T {
  const result = shape.safeParse(input);
  if (result.success) return result.data;
  throw new Refusals(
    result.error.issues.map(
      (it) => new Refusal('INVALID', it.message, ['input', ...it.path.map(String)]),
    ),
  );
}

/** What a unique key of the database keeps apart, for people: the database is the check. */
const unique: Record<string, { code?: RefusalCode; message: string; path: string[] }> = {
  users_username_unique: {
    message: 'Another account has this username.',
    path: ['input', 'username'],
  },
  users_email_unique: {
    message: 'Another account has this e-mail address.',
    path: ['input', 'email'],
  },
  roles_name_unique: {
    message: 'Another role has this name.',
    path: ['input', 'name'],
  },
  communities_slug_unique: {
    code: 'SLUG_TAKEN',
    message: 'Another community has this slug, or had it lately.',
    path: ['input', 'slug'],
  },
  communities_group_unique: {
    message: 'The group has a community already.',
    path: ['input', 'groupId'],
  },
};

/** What the caller can mend in an error; nothing if it is somebody else's fault. */
export function refusalsIn(error: unknown): Refusal[] | undefined {
  if (error instanceof Refusals) return error.all;
  if (error instanceof Refusal) return [error];
  const violated = unique[(error as { constraint?: string }).constraint ?? ''];
  return violated && [new Refusal(violated.code ?? 'TAKEN', violated.message, violated.path)];
}
