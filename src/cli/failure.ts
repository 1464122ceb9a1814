/** With what the process ends. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, partly: 3 } as const;

/** The command was given what cannot be meant. */
export class UsageError extends Error {}

/** The command cannot be done, and the message says what to do about it. */
export class Failure extends Error {}
