/** With what the process ends. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, partly: 3 } as const;

/** The command was given what cannot be meant. */
export class UsageError extends Error {}

/** The command cannot be done, and the message says what to do about it. */
export class Failure extends Error {}

/** Why an address did not answer: `fetch` itself only says that it failed. */
export function whyNoAnswer(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
