import type { FastifyReply } from 'fastify';
import { type Html, html, sendPage } from '../pages/html.ts';
import { home } from '../return-to.ts';

/** What a link does when its reader says so. */
export interface Question {
  title: string;
  question: Html;
  button: string;
  /** Where the answer goes, and the secret with it. */
  action: string;
  token: string;
}

/** Asks before anything is done: scanners and browsers follow links before their readers do. */
export const sendQuestion = (
  reply: FastifyReply,
  { title, question, button, action, token }: Question,
): FastifyReply =>
  sendPage(reply, {
    title,
    body: html`
<p>${question}</p>
<form method="post" action="${action}">
<input type="hidden" name="token" value="${token}">
<button type="submit">${button}</button>
</form>`,
  });

export const sendDone = (reply: FastifyReply, email: string): FastifyReply =>
  sendPage(reply, {
    title: 'Your address is confirmed',
    body: html`
<p role="status"><strong>${email}</strong> is the address of your account now.</p>
<p><a class="button" href="${home}">Go on</a></p>`,
  });
