import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

/** A message as it came over the wire. */
export interface Received {
  from: string;
  to: string[];
  raw: string;
  /** Header fields by their names in lower case, decoded. */
  headers: Map<string, string>;
  text: string;
  isEncrypted: boolean;
  user?: string;
}

/** What becomes of e-mails to an address. */
export interface Manners {
  /** A reply to RCPT TO or DATA instead of 250. */
  rcpt?: [code: number, text: string];
  data?: [code: number, text: string];
  /** The connection is cut at this command. */
  drop?: 'RCPT' | 'DATA';
  /** The reply to DATA is kept back until then; the message counts as received before. */
  hold?: Promise<void>;
}

export interface MailServer {
  url: string;
  port: number;
  received: Received[];
  /** How many connections there were. */
  connections: number;
  /** Credentials that were tried. */
  logins: { user: string; password: string; isEncrypted: boolean }[];
  /** By address; deleted by those who want the server to be nice again. */
  manners: Map<string, Manners>;
  stop(): Promise<void>;
}

const certificate = (name: string) =>
  readFileSync(join(import.meta.dirname, '../remote', `self-signed.${name}`));

/** A real SMTP server on loopback, which keeps what it gets. */
export async function startMailServer(
  options: SMTPServerOptions = { disabledCommands: ['STARTTLS', 'AUTH'] },
  port = 0,
): Promise<MailServer> {
  const mannersOf = (session: SMTPServerSession) =>
    session.envelope.rcptTo.map((it) => self.manners.get(it.address)).find((it) => it) ?? {};
  const cut = ({ id }: SMTPServerSession) => {
    for (const it of server.connections) {
      if ((it as unknown as { id: string }).id === id)
        (it as unknown as { _socket: { destroy(): void } })._socket.destroy();
    }
  };
  const server = new SMTPServer({
    authOptional: true,
    key: certificate('key'),
    cert: certificate('crt'),
    logger: false,
    onConnect(_, done) {
      self.connections++;
      done();
    },
    onAuth({ username, password }, session, done) {
      self.logins.push({
        user: username ?? '',
        password: password ?? '',
        isEncrypted: session.secure,
      });
      if (password === 'right') done(null, { user: username });
      else done(Object.assign(new Error('5.7.8 Wrong password'), { responseCode: 535 }));
    },
    onRcptTo({ address }, session, done) {
      const { rcpt, drop } = self.manners.get(address) ?? {};
      if (drop === 'RCPT') return cut(session);
      done(rcpt && Object.assign(new Error(rcpt[1]), { responseCode: rcpt[0] }));
    },
    onData(stream, session, done) {
      const { data, drop, hold } = mannersOf(session);
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        if (drop === 'DATA') return cut(session);
        if (data) return done(Object.assign(new Error(data[1]), { responseCode: data[0] }));
        self.received.push(read(Buffer.concat(chunks).toString('utf8'), session));
        await hold;
        done();
      });
    },
    ...options,
  });
  // Connections that are cut on purpose.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: listening } = server.server.address() as AddressInfo;
  const self: MailServer = {
    url: `smtp://127.0.0.1:${listening}`,
    port: listening,
    received: [],
    connections: 0,
    logins: [],
    manners: new Map(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const it of server.connections)
          (it as unknown as { _socket: { destroy(): void } })._socket.destroy();
      }),
  };
  return self;
}

function read(raw: string, session: SMTPServerSession): Received {
  const { mailFrom, rcptTo } = session.envelope;
  return {
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map((it) => it.address),
    raw,
    ...parse(raw),
    isEncrypted: session.secure,
    user: session.user as string | undefined,
  };
}

/** The header fields and the text of a message, decoded as a mail program does. */
export function parse(raw: string): Pick<Received, 'headers' | 'text'> {
  const end = /\r?\n\r?\n/.exec(raw);
  const head = raw.slice(0, end?.index);
  const body = raw.slice((end?.index ?? 0) + (end?.[0].length ?? 0));
  const fields = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const headers = new Map(
    fields.map((it) => {
      const colon = it.indexOf(':');
      return [it.slice(0, colon).toLowerCase(), decodeWords(it.slice(colon + 1).trim())];
    }),
  );
  const encoding = headers.get('content-transfer-encoding');
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString()
      : encoding === 'quoted-printable'
        ? unquote(body.replace(/=\r?\n/g, ''))
        : body;
  return { headers, text: text.replaceAll('\r\n', '\n') };
}

const decodeWords = (text: string) =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : unquote(word.replaceAll('_', ' ')),
    );

const unquote = (text: string) =>
  Buffer.from(
    text.replace(/=([\dA-F]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    // What was not quoted is ASCII.
    'latin1',
  ).toString();
