import type { Context } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { sendMails } from './jobs.ts';
import { type Claim, claim, type Ending, settle } from './outbox.ts';
import { openPost, type Post } from './post.ts';
import { PostError } from './post-error.ts';

/** Attempts after which a mail is given up: with the waits between them, about a day. */
const mostAttempts = 30;
/** Faults of the mail server in a row after which it is left alone until the next minute. */
const mostFaults = 3;
/** Milliseconds after which a job hands on to another: the queue takes a long one for lost. */
const longestMs = 240_000;

/** Sends what is due, one mail after the other; one that cannot be sent does not hold up the others. */
export async function sendDue(ctx: Context): Promise<void> {
  const post = openPost(ctx.config);
  const until = Date.now() + longestMs;
  try {
    for (let faults = 0; faults < mostFaults; ) {
      if (ctx.stopping.aborted || Date.now() > until) return await enqueue(ctx, sendMails, {});
      const mail = await claim(ctx);
      if (!mail) return;
      const ending = await attempt(ctx, post, mail);
      faults = ending.isServersFault ? faults + 1 : 0;
      await settle(ctx, mail, ending);
    }
  } finally {
    post?.close();
  }
}

async function attempt(
  ctx: Context,
  post: Post | undefined,
  mail: Claim,
): Promise<Ending & { isServersFault?: boolean }> {
  const { id, kind, address, subject, body, createdAt, attempts } = mail;
  if (!post) return { state: 'SKIPPED', error: 'No e-mails are sent: SMTP_URL is "none".' };
  if (mail.isStale) return { state: 'SKIPPED', error: 'What it says holds no longer.' };
  if (!mail.isWanted || !address)
    return { state: 'SKIPPED', error: 'The user gets none any more.' };
  if (!isAddress(address)) return { state: 'FAILED', error: 'The address is none.' };
  // Whoever took it so often never came back: perhaps it is this mail that kills the process.
  if (attempts > mostAttempts) return { state: 'FAILED', error: 'The process did not survive it.' };
  try {
    await post.send({ id, to: address, subject, body, createdAt });
    return { state: 'SENT' };
  } catch (error) {
    if (!(error instanceof PostError)) throw error;
    const { message, fault } = error;
    const isOver = fault === 'RECIPIENT' || attempts >= mostAttempts;
    ctx.log.warn({ mail: id, kind, attempts, fault, isOver, reason: message }, 'an e-mail failed');
    return {
      state: isOver ? 'FAILED' : 'QUEUED',
      error: message,
      retrySeconds: retrySeconds(attempts),
      isServersFault: fault === 'SERVER',
    };
  }
}

/** Half a minute, doubled each time up to an hour, and by up to a half more or less. */
const retrySeconds = (attempts: number) =>
  Math.min(3_600, 30 * 2 ** (attempts - 1)) * (0.5 + Math.random());

/** One address and nothing else: the identity service that told it may think otherwise. */
const isAddress = (text: string) =>
  /^[^\s\p{C}<>(),:;"\\@[\]]+@[^\s\p{C}<>(),:;"\\@[\]]+$/u.test(text);
