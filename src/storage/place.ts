import { fileURLToPath } from 'node:url';

export interface S3Keys {
  accessKeyId?: string;
  secretAccessKey?: string;
}

export interface S3Place {
  kind: 's3';
  /** With the bucket; ends in `/`. */
  address: string;
  region: string;
  /** In front of every key; empty, or ends in `/`. */
  prefix: string;
}

export type Place = { kind: 'postgres' } | { kind: 'directory'; path: string } | S3Place;

interface Reading {
  place?: Place;
  problems: string[];
}

/** Where an address points to, or everything that is wrong with it. No password in it is repeated. */
export function readPlace(text: string): Reading {
  if (text === 'postgres:') return { place: { kind: 'postgres' }, problems: [] };
  const url = URL.parse(text);
  if (url?.protocol === 'file:') return readDirectory(url);
  if (url?.protocol === 's3:') return readS3(url);
  return refused(['is not "postgres:", "file:///path" or "s3://bucket?endpoint=…&region=…"']);
}

/** Everything that is wrong with the address of a store, and with its keys; nothing if it can be opened. */
export function storageProblems(files: string, keys: S3Keys): string[] {
  const { place, problems } = readPlace(files);
  const isKeyless = place?.kind === 's3' && !(keys.accessKeyId && keys.secretAccessKey);
  return isKeyless ? ['needs both S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY'] : problems;
}

const refused = (problems: string[]): Reading => ({ problems });

function readDirectory(url: URL): Reading {
  const problems: string[] = [];
  if (url.host !== '') problems.push('has a host: a path begins with three slashes, file:///path');
  if (url.search !== '' || url.hash !== '') problems.push('has more than a path');
  if (/%2f|%00/i.test(url.pathname)) problems.push('has an encoded slash or a zero in its path');
  if (url.pathname === '/') problems.push('is the root of the file system');
  if (problems.length > 0) return refused(problems);
  try {
    return { place: { kind: 'directory', path: fileURLToPath(url) }, problems };
  } catch {
    return refused(['has a path that cannot be read']);
  }
}

function readS3(url: URL): Reading {
  const problems: string[] = [];
  const bucket = url.hostname;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    problems.push('names no bucket: 3 to 63 letters, digits, dots and hyphens after s3://');
  }
  if (url.username !== '' || url.password !== '') {
    problems.push('has a key in it: keys have variables of their own');
  }
  if (url.port !== '' || !['', '/'].includes(url.pathname) || url.hash !== '') {
    problems.push('has more than a bucket before the question mark; use prefix=…');
  }
  const names = [...url.searchParams.keys()];
  for (const name of new Set(names)) {
    if (!['endpoint', 'region', 'prefix'].includes(name)) problems.push(`has an unknown ${name}=`);
    else if (names.indexOf(name) !== names.lastIndexOf(name)) problems.push(`has ${name}= twice`);
  }
  const region = url.searchParams.get('region') ?? 'us-east-1';
  if (!/^[a-z0-9-]{1,64}$/i.test(region)) problems.push('has a region that is none');
  const given = url.searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`;
  const endpoint = originOf(given);
  if (!endpoint) {
    problems.push(
      'has an endpoint that is not https://host or http://host, with a port or without',
    );
  }
  const prefix = url.searchParams.get('prefix')?.replace(/\/$/, '') ?? '';
  if (prefix !== '' && !/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(prefix)) {
    problems.push('has a prefix that is not letters, digits, "-", "_" and "." between slashes');
  }
  if (problems.length > 0) return refused(problems);
  return {
    place: {
      kind: 's3',
      address: `${endpoint}/${bucket}/`,
      region,
      prefix: prefix === '' ? '' : `${prefix}/`,
    },
    problems,
  };
}

function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined;
  // Nothing but an origin: no user, no path, no question.
  return url.href === `${url.origin}/` ? url.origin : undefined;
}
