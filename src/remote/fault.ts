/** Whether asking again may help; with AUTH it helps once somebody mends the token. */
export type RemoteFault = 'RETRYABLE' | 'PERMANENT' | 'AUTH';

interface Details {
  retryAfterMs?: number;
  isServiceFault?: boolean;
}

/** The other side did not answer, or not with what we asked for. It repeats neither token nor answer. */
export class RemoteError extends Error {
  readonly retryAfterMs?: number;
  /**
   * The service as a whole seems to be down, and a breaker counts it: it was not reached, was late,
   * or said 5xx or gibberish. A 429 does not count, for who names a speed is well; nor does what is
   * wrong with one id or with the token.
   */
  readonly isServiceFault: boolean;

  constructor(
    readonly fault: RemoteFault,
    message: string,
    { retryAfterMs, isServiceFault = fault === 'RETRYABLE' }: Details = {},
  ) {
    super(message);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
    this.isServiceFault = isServiceFault;
  }

  static at(url: URL, problem: string, fault: RemoteFault, details?: Details): RemoteError {
    // An id may be an e-mail address, which has no place in a log.
    const path = url.pathname.replace(/[^/]*(@|%40)[^/]*/gi, '…');
    return new RemoteError(fault, `${url.host}${path} ${problem}`, details);
  }
}

const longestRetryAfterMs = 3_600_000;

/** For a 429 that does not say how long to wait. */
const usualRetryAfterMs = 5000;

/** What a status other than of success or absence means; 401 is about the token, 403 about one id. */
export function failure(url: URL, status: number, retryAfter?: string | string[]): RemoteError {
  const problem = `answered ${status}`;
  if (status === 401) return RemoteError.at(url, problem, 'AUTH');
  if (status < 400) {
    return RemoteError.at(url, `${problem}, and no redirect is followed`, 'PERMANENT');
  }
  if (status < 500 && ![408, 425, 429].includes(status)) {
    return RemoteError.at(url, problem, 'PERMANENT');
  }
  const isTooFast = status === 429;
  const pause = isTooFast || status === 503 ? pauseOf(String(retryAfter)) : undefined;
  return RemoteError.at(url, problem, 'RETRYABLE', {
    retryAfterMs: pause ?? (isTooFast ? usualRetryAfterMs : undefined),
    isServiceFault: !isTooFast,
  });
}

/** A `Retry-After`, which is seconds or an HTTP date; undefined if it is neither. */
function pauseOf(text: string): number | undefined {
  const isDate = /^[A-Z][a-z]+,? /.test(text);
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1000
    : isDate
      ? Date.parse(text) - Date.now()
      : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

/** No full answer came. Certificates too are mended by others, so that asking again may help. */
export function interruption(url: URL, code: string): RemoteError {
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return RemoteError.at(url, 'answered with more than 1 MiB', 'PERMANENT');
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return RemoteError.at(url, 'was not asked: its token cannot be sent in a header', 'AUTH');
  }
  return RemoteError.at(url, `did not answer (${code})`, 'RETRYABLE');
}
