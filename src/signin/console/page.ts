import type { FastifyReply } from 'fastify';
import { toGlobalId } from '../../ids.ts';
import type { Provider } from '../../providers.ts';
import { type Html, html, sendPage } from '../pages/html.ts';
import { home } from '../return-to.ts';
import type { OwnSession, Self } from './console.ts';
import { deviceOf } from './device.ts';

const question = `{
  viewer {
    username
    fullName
    communities { nodes { slug title } }
  }
}`;

/** The page of who is signed in. */
export function sendConsole(
  reply: FastifyReply,
  self: Self,
  providers: readonly Provider[],
): FastifyReply {
  const { username, fullName, email, roles, sessions } = self;
  const body = html`
<dl>
<dt>Username</dt><dd>${username}</dd>
${fullName !== null && html`<dt>Name</dt><dd>${fullName}</dd>`}
${email !== null && html`<dt>E-mail</dt><dd>${email}</dd>`}
<dt>Roles</dt>${roles.length > 0 ? roles.map((it) => html`<dd>${it}</dd>`) : html`<dd>none</dd>`}
</dl>
<h2 id="sessions">Where you are signed in</h2>
<ul class="rows" aria-labelledby="sessions">${sessions.map(sessionRow)}</ul>
<h2 id="identities">How you sign in</h2>
<ul class="rows" aria-labelledby="identities">${identityRows(self, providers)}</ul>
${providers.length > 0 && adding(providers)}
<h2><label for="query">Ask GraphQL</label></h2>
<noscript><p>This box needs JavaScript; any GraphQL client does as well, with a personal token.</p></noscript>
<form id="ask">
<textarea id="query" name="query" rows="9" spellcheck="false" autocomplete="off" aria-describedby="keys">${question}</textarea>
<button class="main">Run</button> <span id="keys" class="faint">or Ctrl+Enter</span>
</form>
<pre id="answer" role="status" aria-live="polite" tabindex="0" aria-label="Answer"></pre>
<script src="/console/script.js" defer></script>`;
  return sendPage(reply, { title: fullName ?? username, body });
}

const sessionRow = (it: OwnSession): Html => html`<li>
<span>${deviceOf(it.userAgent)} ${it.isCurrent && html`<span class="mark">this one</span>`}
<span class="faint">from ${it.ip ?? 'nowhere known'}, last seen
<time datetime="${it.lastSeenAt.toISOString()}">${momentOf(it.lastSeenAt)}</time></span></span>
<form method="post" action="/sign-out">
${!it.isCurrent && html`<input type="hidden" name="session" value="${toGlobalId('Session', it.id)}">`}
<button>${it.isCurrent ? 'Sign out' : 'End'}</button>
</form>
</li>`;

/** By the clock of no place in particular: what time it is where somebody sits, a page without a script does not know. */
const momentOf = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const identityRows = ({ identities }: Self, providers: readonly Provider[]): Html[] =>
  identities.length === 0
    ? [html`<li class="faint">By no provider</li>`]
    : identities.map(({ idp, subject }) => {
        const titles = providers.filter((it) => it.idp === idp).map((it) => it.title);
        return html`<li><span>${titles.join(', ') || idp}</span> <code>${subject}</code></li>`;
      });

const adding = (providers: readonly Provider[]): Html =>
  html`<p>Add another: ${providers.map(
    ({ key, title }, n) =>
      html`${n > 0 && ', '}<a href="${`/sign-in/${key}?link=1&returnTo=${home}`}">${title}</a>`,
  )}</p>`;
