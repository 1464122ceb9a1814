import 'reflect-metadata';
import { readConfig } from './src/config.ts';
import { features } from './src/features.ts';
import { ormOptions } from './src/orm.ts';

/** For MikroORM's command line alone; the server runs its migrations itself, under a lock. */
const { databaseUrl } = readConfig();
if (!databaseUrl) throw new Error('DATABASE_URL is not set: say which database is meant.');

export default ormOptions(
  features.flatMap((it) => it.entities ?? []),
  databaseUrl,
);
