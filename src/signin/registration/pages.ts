import type { FastifyReply } from 'fastify';
import type { Refusal } from '../../errors.ts';
import { type Html, html, sendPage } from '../pages/html.ts';

/** What a field asks for, and what browsers fill in for it. */
interface Field {
  name: 'username' | 'email';
  label: string;
  hint: string;
  attributes: Html;
}

const fields: Field[] = [
  {
    name: 'username',
    label: 'Username',
    hint: 'Everybody sees it. Letters, digits, “.”, “_” and “-”.',
    attributes: html`type="text" autocomplete="username" autocapitalize="none" spellcheck="false"`,
  },
  {
    name: 'email',
    label: 'E-mail address',
    hint: 'We send a message there, to see that it is yours. Others do not see it.',
    attributes: html`type="email" autocomplete="email"`,
  },
];

/** What is in the fields, as it was typed. */
export type Typed = Partial<Record<Field['name'], string>>;

/** Asks for what the provider did not tell; with all that is wrong, if it was asked before. */
export function sendRegistrationForm(
  reply: FastifyReply,
  typed: Typed,
  refusals: readonly Refusal[] = [],
): FastifyReply {
  const mistakes = fields.flatMap((field) =>
    mistakesIn(field, refusals).map((message) => ({ field, message })),
  );
  const body = html`
${
  mistakes.length > 0 &&
  html`<div role="alert" class="problems">
<p>There is something to change:</p>
<ul>${mistakes.map(({ field, message }) => html`<li><a href="#${field.name}">${message}</a></li>`)}</ul>
</div>`
}
<p>You are new here. Say what your account is to be called, and where e-mails reach you.</p>
<form method="post" action="/sign-in/register" novalidate>
${fields.map((it) => fieldOf(it, typed[it.name], mistakesIn(it, refusals)))}
<button type="submit">Send the message</button>
</form>`;
  const title = 'Make an account';
  return mistakes.length > 0
    ? sendPage(reply, { status: 422, title: `Mistake: ${title}`, body })
    : sendPage(reply, { title, body });
}

const mistakesIn = ({ name, label }: Field, refusals: readonly Refusal[]): string[] =>
  refusals
    .filter((it) => it.path?.[1] === name)
    .map(({ code, message }) => (code === 'INVALID' ? `${label}: it ${message}.` : message));

function fieldOf({ name, label, hint, attributes }: Field, value = '', mistakes: string[]): Html {
  const isWrong = mistakes.length > 0;
  const described = isWrong ? `${name}-mistake ${name}-hint` : `${name}-hint`;
  return html`<div class="field">
<label for="${name}">${label}</label>
<p class="hint" id="${name}-hint">${hint}</p>
${isWrong && html`<p class="mistake" id="${name}-mistake">${mistakes.join(' ')}</p>`}
<input id="${name}" name="${name}" ${attributes} value="${value}" required aria-describedby="${described}"${isWrong && html` aria-invalid="true"`}>
</div>
`;
}

/** The same for every address, so that nobody learns here who has an account. */
export const sendMessageSent = (reply: FastifyReply, email: string): FastifyReply =>
  sendPage(reply, {
    title: 'Look into your mailbox',
    body: html`
<p role="status">We sent a message to <strong>${email}</strong>. Open the link in it within an hour, in
this browser.</p>
<p>Did nothing come? Look among the unwanted messages, or <a href="/sign-in/register">change the
address</a>.</p>`,
  });
