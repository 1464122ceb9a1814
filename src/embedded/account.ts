import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { absent } from './codes.ts';

/** Whom PostgreSQL runs as; nobody in particular unless we are root. */
export type Account = { uid?: number; gid?: number };

/** PostgreSQL refuses root: it then runs as the owner of its data, or postgres, or nobody. */
export async function accountFor(home: string, data: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const owner = await fs.stat(data).catch(absent);
  if (owner?.uid) return { uid: owner.uid, gid: owner.gid };

  // The account has to enter the folder. One that holds files of others stays as it is.
  const names = await fs.readdir(home);
  if (names.every((name) => /^(data$|password|postmaster|postgres\.log$|init-)/.test(name))) {
    await fs.chmod(home, 0o711);
  }
  const passwd = await fs.readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid, gid] = passwd.match(/^postgres:[^:]*:(\d+):(\d+):/m) ?? [];
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) };
}

/** Refuses paths that the account may not enter, and names the first folder that keeps it out. */
export function demandAccess(account: Account, ...paths: string[]): void {
  if (account.uid === undefined) return;
  const above = (path: string): string[] =>
    dirname(path) === path ? [path] : [...above(dirname(path)), path];
  const script = 'for path; do [ -x "$path" ] || { printf %s "$path"; exit 1; }; done';
  // Node cannot ask for another user, so a shell that runs as that user does.
  const { stdout } = spawnSync('/bin/sh', ['-c', script, 'sh', ...paths.flatMap(above)], {
    ...account,
    cwd: '/',
    encoding: 'utf8',
  });
  if (!stdout) return;
  throw new Error(
    `PostgreSQL does not run as root, so it runs as user ${account.uid}, who may not enter ` +
      `${stdout}. Allow it (chmod o+x ${stdout}), move the project to where others may enter, ` +
      'such as /srv or /opt, or run it as an ordinary user.',
  );
}
