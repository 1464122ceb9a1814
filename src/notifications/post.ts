import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Config } from '../config.ts';
import { PostError, problemOf } from './post-error.ts';

/** An e-mail on its way to one address. */
export interface Parcel {
  id: string;
  to: string;
  subject: string;
  body: string;
  createdAt: Date;
}

/** Whoever carries e-mails. */
export interface Post {
  /** @throws PostError */
  send(parcel: Parcel): Promise<void>;
  close(): void;
}

/** The post that is configured; undefined if there is none on purpose. Nothing is connected yet. */
export function openPost({
  mail,
  publicUrl,
}: Pick<Config, 'mail' | 'publicUrl'>): Post | undefined {
  const { smtpUrl, from, directory } = mail;
  const { hostname } = new URL(publicUrl);
  // The row's own id: a second delivery of it is seen to be the same message.
  const messageId = ({ id }: Parcel) => `<${id}@${hostname}>`;
  if (smtpUrl === 'none') return undefined;
  return smtpUrl ? openSmtp(smtpUrl, from, messageId) : openFolder(directory, from, messageId);
}

/**
 * Milliseconds that a server may say nothing, and that one e-mail may take at all. A server that
 * looks into what it took answers late; whoever does not wait sends the e-mail twice.
 */
const silenceMs = 60_000;
const patienceMs = 100_000;

/** One connection, kept open from one e-mail to the next until the post is closed. */
function openSmtp(smtpUrl: string, from: string, messageId: (it: Parcel) => string): Post {
  const { protocol, username, hostname } = new URL(smtpUrl);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 1,
    maxMessages: 1_000,
    // Whether to try again is ours to say.
    maxRequeues: 0,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    dnsTimeout: 10_000,
    socketTimeout: silenceMs,
    // A password goes over no wire in the clear; `?requireTLS=false` in the address allows it.
    requireTLS: protocol === 'smtp:' && username !== '' && !isLocal,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(parcel) {
      try {
        await transport.sendMail({
          from,
          // As an object it is one address, whatever is in it.
          to: { name: '', address: parcel.to },
          subject: parcel.subject,
          text: parcel.body,
          date: parcel.createdAt,
          messageId: messageId(parcel),
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.timeout(patienceMs),
        });
      } catch (error) {
        throw problemOf(error as Error, parcel.to);
      }
    },
    close: () => transport.close(),
  };
}

/** A folder with a file for each e-mail, named so that they are sorted by age. */
function openFolder(directory: string, from: string, messageId: (it: Parcel) => string): Post {
  return {
    async send(parcel) {
      const { id, to, subject, body, createdAt } = parcel;
      const headers = {
        From: from,
        To: to,
        Subject: subject,
        Date: createdAt.toUTCString().replace('GMT', '+0000'),
        'Message-ID': messageId(parcel),
        'Auto-Submitted': 'auto-generated',
        'MIME-Version': '1.0',
        'Content-Type': 'text/plain; charset=utf-8',
        'Content-Transfer-Encoding': '8bit',
      };
      const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
      const file = join(directory, `${createdAt.toISOString().replaceAll(':', '-')} ${id}.eml`);
      try {
        await mkdir(directory, { recursive: true });
        // Whoever reads the folder finds whole e-mails only.
        await writeFile(`${file}.part`, `${head.join('')}\n${body}`);
        await rename(`${file}.part`, file);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new PostError(`The file could not be written: ${code}.`, 'SERVER');
      }
    },
    close: () => {},
  };
}
