/** A JSON object that nothing is known of. */
export type Fields = Record<string, unknown>;

/** What is wrong with an answer. */
export interface Notes {
  /** What was left out; the rest is usable. */
  problems: string[];
  /** Why nothing of it is usable. */
  faults: string[];
}

/** What a text must be, beyond being a text. */
export interface Kind {
  limit: number;
  /** Too long, it spoils the whole answer; any other text is then left out alone. */
  isVital?: boolean;
  /** Only in these texts do line ends stay. */
  hasLines?: boolean;
  /** The text in our form, or what is wrong with it. */
  read?(text: string): string | { problem: string };
}

const mostProblems = 20;

/** Notes never repeat a value: they are logged and shown. */
export function skip(notes: Notes, field: string, problem: string): undefined {
  if (notes.problems.length < mostProblems) notes.problems.push(`skipped: ${field}: ${problem}`);
  else if (notes.problems.length === mostProblems) notes.problems.push('skipped: and more');
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field's text; null if the service has emptied it, undefined if it does not say. */
export function textOf(
  fields: Fields,
  key: string,
  kind: Kind,
  notes: Notes,
  prefix = '',
): string | null | undefined {
  if (!Object.hasOwn(fields, key)) return undefined;
  const value = fields[key];
  if (value === null || value === '') return null;
  if (typeof value !== 'string') return skip(notes, prefix + key, 'is not a text');
  const text = clean(value, kind.hasLines);
  if (text === '') return null;
  if (text.length > kind.limit) {
    // Cut, it would be another name or address than the service means.
    const problem = `is longer than ${kind.limit} characters`;
    if (!kind.isVital) return skip(notes, prefix + key, problem);
    notes.faults.push(`${prefix}${key} ${problem}`);
    return undefined;
  }
  const read = kind.read ? kind.read(text) : text;
  return typeof read === 'string' ? read : skip(notes, prefix + key, read.problem);
}

/** Sets what the answer says, and nothing for what it does not say. */
export function put<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}

/** An id, which services write as a number or as a text; undefined for 0, nothing and nonsense. */
export function idOf(value: unknown): string | undefined {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && value > 0 ? String(value) : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const id = clean(value);
  return id === '' || id === '0' || id.length > 255 ? undefined : id;
}

/** The ancestor's two APIs say `admin` and `administrator` of the same people. */
export const categoryOf = (role: string): string => (role === 'admin' ? 'administrator' : role);

/** Lets be what an e-mail server may accept; whether it does, only a message would tell. */
export const emailKind: Kind = {
  limit: 254,
  read: (text) =>
    /^[^\s@"(),:;<>[\\\]]+@[\p{L}\p{M}\p{N}-]+(\.[\p{L}\p{M}\p{N}-]+)+$/u.test(text)
      ? text
      : { problem: 'is not an e-mail address' },
};

/** Links are shown to be followed, so that `javascript:` must not be one. */
export const urlKind: Kind = {
  limit: 2048,
  read: (text) =>
    /^https?:\/\/[^\s"<>\\^`{|}]+$/i.test(text) ? text : { problem: 'is not an http(s) address' },
};

export const orcidKind: Kind = {
  limit: 100,
  read(text) {
    const bare = text.replace(/^(https?:\/\/)?(www\.)?orcid\.org\//i, '').replace(/\/$/, '');
    const digits = bare.replaceAll('-', '').toUpperCase();
    if (!/^(\d{4}-?){3}\d{3}[\dx]$/i.test(bare)) return { problem: 'is not an ORCID iD' };
    // ISO 7064, MOD 11-2.
    let total = 0;
    for (const digit of digits.slice(0, 15)) total = ((total + Number(digit)) * 2) % 11;
    const check = (12 - total) % 11;
    if (digits[15] !== (check === 10 ? 'X' : String(check)))
      return { problem: 'checksum is wrong' };
    return digits.replace(/(.{4})(?=.)/g, '$1-');
  },
};

export const localeKind: Kind = {
  limit: 64,
  read(text) {
    const [tag = ''] = text.replaceAll('_', '-').split(/[.@]/);
    try {
      // Without this, "English" would be a language too.
      const [locale] = /^[a-z]{2,3}(-|$)/i.test(tag) ? Intl.getCanonicalLocales(tag) : [];
      if (locale) return locale;
    } catch {}
    return { problem: 'is not a language tag' };
  },
};

/** To ask Intl costs more than all the rest of an answer, so these are known beforehand. */
const timeZones = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC']);

export const timeZoneKind: Kind = {
  limit: 64,
  read(text) {
    if (timeZones.has(text)) return text;
    try {
      new Intl.DateTimeFormat('en', { timeZone: text });
      return text;
    } catch {
      return { problem: 'is not a time zone' };
    }
  },
};

const lineEnds = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
/** Control characters, and those that turn the direction of all text after them. */
const unwanted = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;
const unwantedAmongLines = /(?![\t\n])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

function clean(text: string, hasLines = false): string {
  // Most texts are plain already.
  if (/^[!-~]([ -~]*[!-~])?$/.test(text)) return text;
  const lined = hasLines ? text.replace(/\r\n?/g, '\n') : text.replace(lineEnds, ' ');
  const shown = lined.toWellFormed().replace(hasLines ? unwantedAmongLines : unwanted, '');
  return shown.normalize('NFC').trim();
}
