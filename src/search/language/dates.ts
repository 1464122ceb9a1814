import type { Bound } from './syntax.ts';

/** As Elasticsearch's date math has them: year, month, week, day, hour, minute, second. */
type Unit = 'y' | 'M' | 'w' | 'd' | 'h' | 'm' | 's' | 'ms';

/** A time as exact as it was written: `2024-05` is a whole month. */
interface Time {
  /** In milliseconds since 1970. */
  start: number;
  unit: Unit;
}

export interface Span {
  from: string | null;
  to: string | null;
}

const written =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T([01]\d|2[0-3])(?::([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?)?(Z|[-+]\d\d:?\d\d)?)?)?)?$/i;
const units: Unit[] = ['y', 'M', 'd', 'h', 'm', 's', 'ms'];
const steps = /([-+])(\d{0,6})([yMwdHhms])|\/([yMwdHhms])/g;
const math = /^(?:[-+]\d{0,6}[yMwdHhms]|\/[yMwdHhms])*$/;

const first = Date.parse('0001-01-01T00:00:00.000Z');
const last = Date.parse('9999-12-31T23:59:59.999Z');

/** The instants of a range, from the first on and before the second; undefined if an end of it is no date. */
export function spanOf(from: Bound | null, to: Bound | null, now: Date): Span | undefined {
  const begin = from && timeOf(from.text, now);
  const end = to && timeOf(to.text, now);
  if (begin === undefined || end === undefined) return undefined;
  return {
    from: begin && iso(from?.isIncluded ? begin.start : endOf(begin)),
    to: end && iso(to?.isIncluded ? endOf(end) : end.start),
  };
}

const endOf = ({ start, unit }: Time) => shifted(start, 1, unit);

const iso = (time: number) => new Date(Math.min(Math.max(time, first), last)).toISOString();

/** `2024-05`, `2024-05-01||+1M/d` or `now-7d/d`; undefined if it is no time. */
function timeOf(text: string, now: Date): Time | undefined {
  const isNow = text.startsWith('now');
  const [base = '', ...rest] = isNow ? ['', text.slice(3)] : text.trim().split('||');
  const time: Time | undefined = isNow ? { start: now.getTime(), unit: 'ms' } : absolute(base);
  const operations = rest.join('||');
  if (!time || !math.test(operations)) return undefined;
  for (const [, sign, count = '', unit = 'd', rounded] of operations.matchAll(steps)) {
    if (rounded) {
      time.unit = unitOf(rounded);
      time.start = floor(time.start, time.unit);
    } else {
      const number = count === '' ? 1 : Number(count);
      time.start = shifted(time.start, sign === '-' ? -number : number, unitOf(unit));
    }
  }
  return Number.isNaN(endOf(time)) ? undefined : time;
}

const unitOf = (letter: string): Unit =>
  units.find((it) => it === (letter === 'H' ? 'h' : letter)) ?? 'w';

function absolute(text: string): Time | undefined {
  const parts = written.exec(text)?.slice(1, 8);
  if (!parts) return undefined;
  const [
    year = '',
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    part = '0',
  ] = parts;
  const date = `${year}-${month}-${day}`;
  const ms = part.padEnd(3, '0').slice(0, 3);
  const local = Date.parse(`${date}T00:00:00Z`);
  // A day that there is: JavaScript takes the 31st of April for the 1st of May.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(date)) return undefined;
  const zone = /(Z|[-+]\d\d:?\d\d)$/i.exec(text.slice(date.length))?.[0].toUpperCase() ?? 'Z';
  const offset = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const start = Date.parse(`${date}T${hour}:${minute}:${second}.${ms}${offset}`);
  const exactness = parts.filter((it) => it !== undefined).length - 1;
  return Number.isNaN(start) ? undefined : { start, unit: units[exactness] ?? 'ms' };
}

const lengths = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function shifted(time: number, count: number, unit: Unit): number {
  if (unit !== 'y' && unit !== 'M') return time + count * lengths[unit];
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count * (unit === 'y' ? 12 : 1));
  const daysOfMonth = new Date(date).setUTCMonth(date.getUTCMonth() + 1, 0);
  date.setUTCDate(Math.min(day, new Date(daysOfMonth).getUTCDate()));
  return date.getTime();
}

function floor(time: number, unit: Unit): number {
  if (unit === 'y' || unit === 'M') {
    const date = new Date(time);
    date.setUTCHours(0, 0, 0, 0);
    if (unit === 'y') date.setUTCMonth(0, 1);
    return date.setUTCDate(1);
  }
  // Weeks begin on Monday; 1 January 1970 was a Thursday.
  const offset = unit === 'w' ? 3 * lengths.d : 0;
  return Math.floor((time + offset) / lengths[unit]) * lengths[unit] - offset;
}
