/** A page as a visitor has it. */
export interface Page {
  url: URL;
  status: number;
  headers: Headers;
  text: string;
}

/** Somebody with a browser that runs no script: it follows redirects and keeps cookies, by host. */
export interface Visitor {
  cookies: Map<string, string>;
  /** Opens a page; follows where it is sent, up to what `until` knows. */
  open(url: string | URL, until?: (url: URL) => boolean): Promise<Page>;
  /** Sends the form of a page, as a browser does. */
  send(page: Page, fields: Record<string, string>, until?: (url: URL) => boolean): Promise<Page>;
}

/** A new browser, with no cookies. Everything is on loopback, so that cookies need no domains. */
export function newVisitor(): Visitor {
  const cookies = new Map<string, string>();
  const keep = (headers: Headers) => {
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = '', rest = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? [];
      const [, path = '/'] = /; *path=([^;]+)/i.exec(rest) ?? [];
      const [, date] = /; *expires=([^;]+)/i.exec(rest) ?? [];
      const isOver = /max-age=0/i.test(rest) || (date && Date.parse(date) < Date.now());
      if (isOver || value === '') cookies.delete(name);
      else if (path) cookies.set(name, value);
    }
  };
  async function go(
    first: URL,
    init: RequestInit & { headers?: Record<string, string> },
    until: (url: URL) => boolean,
  ): Promise<Page> {
    let url = first;
    let request = init;
    for (let hops = 0; hops < 20; hops++) {
      const cookie = [...cookies].map((it) => it.join('=')).join('; ');
      const headers = { ...request.headers, ...(cookie && { cookie }) };
      const answer = await fetch(url, { ...request, headers, redirect: 'manual' });
      keep(answer.headers);
      const text = await answer.text();
      const to = answer.headers.get('location');
      if (answer.status < 300 || answer.status > 399 || !to) {
        return { url, status: answer.status, headers: answer.headers, text };
      }
      url = new URL(to, url);
      if (until(url)) return { url, status: answer.status, headers: answer.headers, text };
      request = {};
    }
    throw new Error(`sent round and round, last to ${url}`);
  }
  const never = () => false;
  return {
    cookies,
    open: (url, until = never) => go(new URL(url), {}, until),
    send(page, fields, until = never) {
      const [, action = ''] = /<form[^>]*\baction="([^"]*)"/.exec(page.text) ?? [];
      const to = new URL(action.replaceAll('&amp;', '&'), page.url);
      const form = {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          origin: page.url.origin,
          'sec-fetch-site': 'same-origin',
        },
        body: new URLSearchParams(fields).toString(),
      };
      return go(to, form, until);
    },
  };
}

/** Goes to a provider from wherever that is, and says there who one is; answers where that leads. */
export async function signInThrough(
  visitor: Visitor,
  url: string | URL,
  login: string,
  until?: (url: URL) => boolean,
): Promise<Page> {
  const page = await visitor.open(url, until);
  // Whoever is known there already is not asked.
  if (!page.url.pathname.startsWith('/interaction/')) return page;
  return visitor.send(page, { login, answer: login ? 'yes' : 'no' }, until);
}

/** Where a provider sends browsers back to. */
export const isReturn = (url: URL): boolean => /\/sign-in\/[^/]+\/callback$/.test(url.pathname);
