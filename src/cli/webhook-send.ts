import { randomUUID } from 'node:crypto';
import { webhookTokenOf } from '../config.ts';
import type { Site } from '../development.ts';
import type { EventName } from '../webhooks/payload.ts';
import { sign } from '../webhooks/signature.ts';
import type { Desk } from './desk.ts';
import { exitCodes, Failure, UsageError, whyNoAnswer } from './failure.ts';
import type { Answer } from './leaf.ts';
import { eventTable } from './webhook-acts.ts';

interface Options {
  sample?: boolean;
  idp?: string;
  users?: string[];
  groups?: string[];
  event: EventName;
  url?: string;
}

/** What the server answers. */
interface Received {
  message?: string;
  deliveryId?: string;
  events?: Parameters<typeof eventTable>[1];
}

/** Of the sample service: two people and a group. */
const sample = { users: ['1234', '5678'], groups: ['12345'] };

/** Posts a real webhook to the running server, and says what it made of it. */
export function send(desk: Desk, options: Options): Promise<Answer> {
  const given = options.sample ? { ...sample, ...withoutNothing(options) } : options;
  const updates = {
    users: eventsOf(given.users, options),
    groups: eventsOf(given.groups, options),
  };
  if (updates.users.length + updates.groups.length === 0)
    throw new UsageError('Say of whom: --sample, --users 1234,5678 or --groups 12345.');
  return desk.place.atSite(async (site) => {
    const idp = idpOf(site, options);
    const body = JSON.stringify({ idp, updates });
    const base = options.url ?? addressOf(site);
    const url = `${base.replace(/\/+$/, '')}/api/webhooks/user_data_update`;
    const response = await post(url, body, headersFor(site, idp, body));
    const answer = (await response.json().catch(() => ({}))) as Received;
    const events = answer.events ?? [];
    const isAccepted = response.status === 202;
    const says = `${url} answers ${response.status}: ${answer.message ?? 'nothing'}`;
    const text = isAccepted
      ? `${says}\n\n${eventTable(desk.terminal, events)}\n\nWhat comes of it: npx collegium webhook show ${answer.deliveryId}`
      : says;
    const exitCode = isAccepted ? exitCodes.fine : exitCodes.failed;
    return { json: { url, sent: JSON.parse(body), ...answer }, text, exitCode };
  }, true);
}

const withoutNothing = ({ users, groups }: Options) => ({
  ...(users && { users }),
  ...(groups && { groups }),
});

const eventsOf = (ids: string[] = [], { event }: Options) => ids.map((id) => ({ id, event }));

function idpOf({ config }: Site, { idp, sample: isSample }: Options): string {
  const [first, ...others] = config.idps.keys();
  if (first === undefined) throw new Failure('No identity service is configured.');
  // One that is not configured can be tried too: with the wrong words the server says so.
  if (idp !== undefined) return idp;
  if (others.length > 0 && !isSample)
    throw new UsageError(`Say from which service, by --idp: ${[first, ...others].join(', ')}.`);
  return first;
}

/** Where the server listens, as this machine reaches it. */
function addressOf({ config: { host, port } }: Site): string {
  const own = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  return `http://${own.includes(':') ? `[${own}]` : own}:${port}`;
}

/** A signature where the service signs, for that is then needed; else its token. */
function headersFor({ config, secrets }: Site, key: string, body: string): Record<string, string> {
  const idp = config.idps.get(key);
  const [secret] = idp?.webhook.signingSecrets ?? [];
  if (secret) {
    const [id, timestamp] = [`msg_${randomUUID()}`, `${Math.floor(Date.now() / 1000)}`];
    const signature = sign(body, { id, timestamp }, secret);
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  }
  const token = secrets?.webhookToken ?? (idp && webhookTokenOf(idp));
  if (token === undefined)
    throw new Failure(
      `The environment has no webhook token of ${key}: set REMOTE_USER_DATA_WEBHOOK_TOKEN, or the variable that its webhook names.`,
    );
  return { authorization: `Bearer ${token}` };
}

async function post(url: string, body: string, headers: Record<string, string>) {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    throw new Failure(
      `No server answers at ${url} (${whyNoAnswer(error)}): start it with npm start, or say where it is by --url.`,
    );
  }
}
