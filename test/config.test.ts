import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const webhookToken = 'a-webhook-token-of-some-length';
const endpoint = { remote_endpoint: 'https://id.example/users/{placeholder}' };

/** The variable of the ancestor, with one service in it. */
const inherited = (idp: object = {}, key = 'myCommons') => ({
  REMOTE_USER_DATA_API_ENDPOINTS: JSON.stringify({ [key]: { users: endpoint, ...idp } }),
});

/** What production needs. */
const ready = {
  DATABASE_URL: 'postgres://db.example/collegium',
  PUBLIC_URL: 'https://collegium.example',
  SMTP_URL: 'none',
};

let files = 0;
function fileOf(content: unknown): string {
  const path = join(folder, `${++files}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function idpOf(idp: object = {}, env: NodeJS.ProcessEnv = {}) {
  const found = readConfig({ ...env, ...inherited(idp) }).idps.get('myCommons');
  if (!found) throw new Error('There is no such idp.');
  return found;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

describe('the environment', () => {
  it('may say nothing: everything has a default but the database', () => {
    expect(readConfig({})).toEqual({
      mode: 'development',
      databaseUrl: undefined,
      databasePool: 10,
      host: '127.0.0.1',
      port: 4000,
      processes: ['web', 'worker'],
      logLevel: 'info',
      remoteDataLog: 'logs/remote_data_updates.log',
      varDirectory: 'var',
      retentionDays: 90,
      syncLanes: 4,
      sampleService: true,
      publicUrl: 'http://127.0.0.1:4000',
      mail: {
        smtpUrl: undefined,
        from: 'Collegium <collegium@localhost>',
        directory: join('var', 'mail'),
      },
      files: 'postgres:',
      s3: { accessKeyId: undefined, secretAccessKey: undefined },
      sessions: { idleHours: 8, days: 7 },
      signIn: new Map(),
      issuers: [],
      signingKeys: [],
      trustedProxies: [],
      requestDays: 30,
      idps: new Map(),
      vocabularies: { communityTypes: expect.any(Map), removalReasons: expect.any(Map) },
      customFields: new Map(),
    });
  });

  it('sets every key', () => {
    const config = readConfig({
      NODE_ENV: 'production',
      DATABASE_URL: 'postgresql://me:pass%20word@db.example:6432/collegium?sslmode=require',
      DATABASE_POOL: '25',
      HOST: '::',
      PORT: '8080',
      PROCESSES: 'worker',
      LOG_LEVEL: 'warn',
      REMOTE_DATA_LOG: '/var/log/remote.log',
      VAR_DIRECTORY: '/var/lib/collegium',
      RETENTION_DAYS: '30',
      SYNC_LANES: '8',
      SAMPLE_SERVICE: 'false',
      PUBLIC_URL: 'https://collegium.example/here/',
      SMTP_URL: 'smtps://me:pass%20word@mail.example:465',
      MAIL_FROM: 'The Commons <commons@collegium.example>',
      FILES_URL: 's3://logos?endpoint=http://minio.example:9000&prefix=collegium',
      S3_ACCESS_KEY_ID: 'key',
      S3_SECRET_ACCESS_KEY: 'secret',
      ELASTICSEARCH_URL: 'https://search.example/es',
      ELASTICSEARCH_API_KEY: 'VnVhQ2ZHY0JDZGJrUW0=',
      ELASTICSEARCH_PREFIX: 'commons-1',
      REQUEST_DAYS: '14',
      COLLEGIUM_CONFIG: fileOf({ idps: { myCommons: { users: endpoint } } }),
    });

    expect(config).toMatchObject({
      mode: 'production',
      databaseUrl: 'postgresql://me:pass%20word@db.example:6432/collegium?sslmode=require',
      databasePool: 25,
      host: '::',
      port: 8080,
      processes: ['worker'],
      logLevel: 'warn',
      remoteDataLog: '/var/log/remote.log',
      varDirectory: '/var/lib/collegium',
      retentionDays: 30,
      syncLanes: 8,
      sampleService: false,
      publicUrl: 'https://collegium.example/here',
      mail: {
        smtpUrl: 'smtps://me:pass%20word@mail.example:465',
        from: 'The Commons <commons@collegium.example>',
        directory: '/var/lib/collegium/mail',
      },
      files: 's3://logos?endpoint=http://minio.example:9000&prefix=collegium',
      s3: { accessKeyId: 'key', secretAccessKey: 'secret' },
      elasticsearch: {
        url: 'https://search.example/es',
        apiKey: 'VnVhQ2ZHY0JDZGJrUW0=',
        prefix: 'commons-1',
      },
      requestDays: 14,
    });
    expect([...config.idps.keys()]).toEqual(['myCommons']);
  });

  it.each(['', ' '])('takes %j as not set, as compose files write it', (blank) => {
    const empty = {
      NODE_ENV: blank,
      DATABASE_URL: blank,
      PORT: blank,
      DATABASE_POOL: blank,
      PROCESSES: blank,
      LOG_LEVEL: blank,
      SAMPLE_SERVICE: blank,
      PUBLIC_URL: blank,
      SMTP_URL: blank,
      MAIL_FROM: blank,
      FILES_URL: blank,
      S3_ACCESS_KEY_ID: blank,
      S3_SECRET_ACCESS_KEY: blank,
      ELASTICSEARCH_URL: blank,
      ELASTICSEARCH_API_KEY: blank,
      ELASTICSEARCH_PREFIX: blank,
      REQUEST_DAYS: blank,
      COLLEGIUM_CONFIG: blank,
      REMOTE_USER_DATA_API_ENDPOINTS: blank,
      REMOTE_USER_DATA_WEBHOOK_TOKEN: blank,
    };

    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it.each([
    ['NODE_ENV', 'staging'],
    ['DATABASE_URL', 'mysql://localhost/collegium'],
    ['DATABASE_URL', 'localhost:5432'],
    ['DATABASE_POOL', '1'],
    ['DATABASE_POOL', '201'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', 'http'],
    ['PROCESSES', 'web,cron'],
    ['PROCESSES', 'web,'],
    ['LOG_LEVEL', 'verbose'],
    ['RETENTION_DAYS', '0'],
    ['RETENTION_DAYS', 'for ever'],
    ['SYNC_LANES', '0'],
    ['SYNC_LANES', '33'],
    ['SAMPLE_SERVICE', 'yes'],
    ['PUBLIC_URL', 'collegium.example'],
    ['PUBLIC_URL', 'ftp://collegium.example'],
    ['PUBLIC_URL', 'https:///collegium'],
    ['PUBLIC_URL', 'https://me:secret@collegium.example'],
    ['PUBLIC_URL', 'https://collegium.example/?lang=en'],
    ['PUBLIC_URL', 'https://collegium.example/#top'],
    ['SMTP_URL', 'mail.example:25'],
    ['SMTP_URL', 'http://mail.example'],
    ['SMTP_URL', 'off'],
    ['MAIL_FROM', 'Collegium'],
    ['MAIL_FROM', 'Collegium <collegium>'],
    ['MAIL_FROM', 'a@b.example\r\nBcc: c@d.example'],
    ['FILES_URL', 'var/files'],
    ['FILES_URL', 'file://host/files'],
    ['FILES_URL', 's3://logos'],
    ['ELASTICSEARCH_URL', 'search.example:9200'],
    ['ELASTICSEARCH_URL', 'ftp://search.example'],
    ['ELASTICSEARCH_URL', 'http:///search'],
    ['ELASTICSEARCH_URL', 'http://search.example/?pretty'],
    ['ELASTICSEARCH_URL', 'http://elastic@search.example'],
    ['ELASTICSEARCH_URL', 'http://:secret@search.example'],
    ['ELASTICSEARCH_URL', 'http://elastic:100%@search.example'],
    ['ELASTICSEARCH_PREFIX', 'Collegium'],
    ['ELASTICSEARCH_PREFIX', '-collegium'],
    ['ELASTICSEARCH_PREFIX', 'collegium*'],
    ['REQUEST_DAYS', '0'],
    ['REQUEST_DAYS', '3651'],
    ['REQUEST_DAYS', 'a month'],
  ])('refuses %s=%s, by its name', (name, value) => {
    const problems = problemsOf({ [name]: value });

    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}(\\.\\d+)?: \\S`))]);
  });

  it.each([
    ['web', ['web']],
    ['worker, web', ['worker', 'web']],
  ])('runs %j', (PROCESSES, processes) => {
    expect(readConfig({ PROCESSES }).processes).toEqual(processes);
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:80'],
    ['0.0.0.0', 'http://localhost:80'],
    ['::', 'http://localhost:80'],
    ['::1', 'http://[::1]:80'],
  ])('at %s is reached at %s', (HOST, expected) => {
    const { publicUrl } = readConfig({ HOST, PORT: '80' });

    expect(publicUrl).toBe(expected);
    expect(URL.canParse(publicUrl)).toBe(true);
  });

  it.each([
    ['https://collegium.example', 'https://collegium.example'],
    ['https://collegium.example//', 'https://collegium.example'],
    ['HTTP://localhost:4000/here/', 'HTTP://localhost:4000/here'],
  ])('takes %s as the address for links', (PUBLIC_URL, expected) => {
    expect(readConfig({ PUBLIC_URL }).publicUrl).toBe(expected);
  });

  it.each(['none', 'smtp://localhost', 'smtps://a:b@mail.example'])('sends by %s', (SMTP_URL) => {
    expect(readConfig({ SMTP_URL }).mail.smtpUrl).toBe(SMTP_URL);
  });

  it('fills in what is added, and is stronger', () => {
    const config = readConfig({ PORT: '1' }, { PORT: '2', HOST: '0.0.0.0' });

    expect(config).toMatchObject({ port: 1, host: '0.0.0.0' });
  });

  it.each([
    ['development', {}, true],
    ['development', inherited(), false],
    ['development', { SAMPLE_SERVICE: 'false' }, false],
    ['development', { ...inherited(), SAMPLE_SERVICE: 'true' }, true],
    ['test', {}, false],
    ['production', ready, false],
  ])('in %s with %j starts the sample service: %s', (NODE_ENV, env, expected) => {
    expect(readConfig({ NODE_ENV, ...env }).sampleService).toBe(expected);
  });
});

describe('problems', () => {
  it('are told all at once, with where they are', () => {
    const problems = problemsOf({
      PORT: 'http',
      LOG_LEVEL: 'loud',
      COLLEGIUM_CONFIG: fileOf({
        idps: {
          first: { users: { remote_endpoint: 'id.example', remote_method: 'FETCH' }, rate: -1 },
          second: { groups: { ...endpoint, token_env_variable_label: 'SECOND_TOKEN' } },
        },
      }),
      ...inherited({ webhook: { token_env_variable_label: 'HOOK_TOKEN' } }, 'third'),
    });

    expect(problems.map((it) => it.replace(/\(.*?\)/, '(…)'))).toEqual([
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^LOG_LEVEL: /),
      'COLLEGIUM_CONFIG (…): idps.first.users.remote_endpoint: is not an http(s) address',
      expect.stringMatching(/^COLLEGIUM_CONFIG \(…\): idps\.first\.users\.remote_method: /),
      expect.stringMatching(/^COLLEGIUM_CONFIG \(…\): idps\.first\.rate: /),
      'idps.second.groups.token_env_variable_label: the variable SECOND_TOKEN is not set',
      'idps.third.webhook.token_env_variable_label: the variable HOOK_TOKEN is not set',
    ]);
  });

  it('are told of production too, whatever else is wrong', () => {
    const problems = problemsOf({ NODE_ENV: 'production', PORT: 'http', SAMPLE_SERVICE: 'true' });

    expect(problems).toEqual([
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^DATABASE_URL: is needed in production/),
      expect.stringMatching(/^PUBLIC_URL: is needed in production/),
      expect.stringMatching(/^SMTP_URL: is needed in production/),
      expect.stringMatching(/^SAMPLE_SERVICE: .* not for production/),
    ]);
  });

  it('make a message with a line for each', () => {
    const read = () => readConfig({ PORT: 'http', LOG_LEVEL: 'loud' });

    expect(read).toThrow(
      /^The configuration cannot be used:\n {2}- PORT: .+\n {2}- LOG_LEVEL: .+$/,
    );
  });

  it.each([
    ['http://elastic:secret@search.example', 'key'],
    ['http://search.example', 'two words'],
  ])('refuse %s with the key %j', (ELASTICSEARCH_URL, ELASTICSEARCH_API_KEY) => {
    const problems = problemsOf({ ELASTICSEARCH_URL, ELASTICSEARCH_API_KEY });

    expect(problems).toEqual([expect.stringMatching(/^ELASTICSEARCH_API_KEY: /)]);
    expect(problems.join()).not.toMatch(/secret|two words/);
  });

  it('never hold a secret', () => {
    const problems = problemsOf({
      REMOTE_USER_DATA_WEBHOOK_TOKEN: 'short-secret',
      DATABASE_URL: 'db.example:hunter2@x',
      SIGNING: 'whsec_c2VjcmV0',
      SMTP_URL: 'me:hunter3@mail.example',
      PUBLIC_URL: 'https://me:hunter4@collegium.example',
      FILES_URL: 's3://key:hunter5@logos',
      ELASTICSEARCH_URL: 'elastic:hunter6@search.example',
      ...inherited({ webhook: { signing_secret_env_variable_label: 'SIGNING' } }),
    });

    expect(problems.join()).not.toMatch(/short-secret|hunter|c2VjcmV0/);
    expect(problems).not.toEqual([]);
  });
});

describe('COLLEGIUM_CONFIG', () => {
  it('names a file with the services', () => {
    const path = fileOf({ idps: { a: { users: endpoint }, b: { groups: endpoint } } });

    const { idps } = readConfig({ COLLEGIUM_CONFIG: path });

    expect([...idps.keys()]).toEqual(['a', 'b']);
  });

  it.each([
    ['that is not there', () => join(folder, 'nowhere.json'), /ENOENT/],
    ['that is a folder', () => folder, /EISDIR/],
    ['that is empty', () => fileOf(''), /JSON/],
    ['with a trailing comma', () => fileOf('{"idps": {},}'), /JSON/],
    ['with comments', () => fileOf('// ours\n{"idps": {}}'), /JSON/],
    ['in YAML', () => fileOf('idps:\n  a: {}\n'), /JSON/],
    ['that is a list', () => fileOf([]), /expected object/],
    ['that is null', () => fileOf('null'), /expected object/],
    ['whose services are a list', () => fileOf({ idps: [{ users: endpoint }] }), /idps: /],
    ['with the services at the top', () => fileOf({ a: { users: endpoint } }), /"a"/],
  ])('refuses a file %s, by its path', (_, make, reason) => {
    const path = make();

    const problems = problemsOf({ COLLEGIUM_CONFIG: path });

    expect(problems).toEqual([expect.stringContaining(`COLLEGIUM_CONFIG (${path}): `)]);
    expect(problems[0]).toMatch(reason);
  });

  it('may begin with a byte order mark, as editors on Windows write it', () => {
    const path = fileOf(`\uFEFF${JSON.stringify({ idps: { a: { users: endpoint } } })}`);

    expect(readConfig({ COLLEGIUM_CONFIG: path }).idps.has('a')).toBe(true);
  });

  it('goes with the ancestor’s variable', () => {
    const path = fileOf({ idps: { a: { users: endpoint } } });

    const { idps } = readConfig({ COLLEGIUM_CONFIG: path, ...inherited() });

    expect([...idps.keys()]).toEqual(['a', 'myCommons']);
  });

  it('refuses a service that both have', () => {
    const path = fileOf({ idps: { myCommons: { users: endpoint } } });

    const problems = problemsOf({ COLLEGIUM_CONFIG: path, ...inherited() });

    expect(problems).toEqual([
      'REMOTE_USER_DATA_API_ENDPOINTS: idps.myCommons is configured twice',
    ]);
  });
});

describe('REMOTE_USER_DATA_API_ENDPOINTS', () => {
  it('is read as the ancestor has it', () => {
    const { idps } = readConfig({
      COMMONS_API_TOKEN: 'the-remote-token',
      REMOTE_USER_DATA_WEBHOOK_TOKEN: webhookToken,
      REMOTE_USER_DATA_API_ENDPOINTS: JSON.stringify({
        knowledgeCommons: {
          users: {
            remote_endpoint: 'https://hcommons.example/wp-json/commons/v1/users/{placeholder}',
            remote_identifier: 'id',
            remote_method: 'GET',
            token_env_variable_label: 'COMMONS_API_TOKEN',
          },
          groups: {
            remote_endpoint: 'https://hcommons.example/wp-json/commons/v1/groups/{placeholder}',
            remote_identifier: 'id',
            remote_method: 'GET',
            token_env_variable_label: 'COMMONS_API_TOKEN',
          },
        },
      }),
    });

    expect(idps).toEqual(
      new Map([
        [
          'knowledgeCommons',
          {
            key: 'knowledgeCommons',
            users: {
              url: 'https://hcommons.example/wp-json/commons/v1/users/{placeholder}',
              method: 'GET',
              token: 'the-remote-token',
              timeoutMs: 5_000,
              identifier: 'id',
            },
            groups: {
              url: 'https://hcommons.example/wp-json/commons/v1/groups/{placeholder}',
              method: 'GET',
              token: 'the-remote-token',
              timeoutMs: 5_000,
              identifier: 'id',
            },
            provision: false,
            levels: undefined,
            onGroupDeleted: 'divorce',
            removalBrake: { allOfAUser: true, share: 0.2, from: 100 },
            rate: 50,
            refreshAfterHours: 20,
            webhook: { tokenHashes: [sha256(webhookToken)], signingSecrets: [] },
          },
        ],
      ]),
    );
  });

  it.each([
    ['a Python dictionary', "{'a': {'users': {}}}", /JSON/],
    ['a trailing comma', '{"a": {},}', /JSON/],
    ['a quote too many', '"{}"', /expected (object|record)/],
    ['a list', '[]', /expected (object|record)/],
  ])('refuses %s', (_, value, reason) => {
    const problems = problemsOf({ REMOTE_USER_DATA_API_ENDPOINTS: value });

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^REMOTE_USER_DATA_API_ENDPOINTS: /);
    expect(problems[0]).toMatch(reason);
  });
});

describe('a service', () => {
  it('sets every key', () => {
    const idp = idpOf(
      {
        users: {
          remote_endpoint: 'http://id.example/me?who={placeholder}',
          remote_identifier: 'orcid',
          remote_method: 'post',
          token_env_variable_label: 'REMOTE_TOKEN',
          timeout_ms: 800,
        },
        provision: true,
        levels: {
          owner: ['founder'],
          manager: [],
          curator: ['editor'],
          reader: ['member', 'guest'],
        },
        onGroupDeleted: 'delete',
        removalBrake: { allOfAUser: false, share: 0.5, from: 10 },
        rate: 0.5,
        refreshAfterHours: 1.5,
        webhook: {
          token_env_variable_label: 'HOOK_TOKEN',
          signing_secret_env_variable_label: 'HOOK_SECRET',
        },
      },
      {
        REMOTE_TOKEN: 'secret',
        HOOK_TOKEN: webhookToken,
        HOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      },
    );

    expect(idp).toEqual({
      key: 'myCommons',
      users: {
        url: 'http://id.example/me?who={placeholder}',
        method: 'POST',
        token: 'secret',
        timeoutMs: 800,
        identifier: 'orcid',
      },
      groups: undefined,
      provision: true,
      levels: new Map([
        ['member', 'READER'],
        ['guest', 'READER'],
        ['editor', 'CURATOR'],
        ['founder', 'OWNER'],
      ]),
      onGroupDeleted: 'delete',
      removalBrake: { allOfAUser: false, share: 0.5, from: 10 },
      rate: 0.5,
      refreshAfterHours: 1.5,
      webhook: {
        tokenHashes: [sha256(webhookToken)],
        signingSecrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      },
    });
  });

  it.each([
    ['users.remote_endpoint', { users: {} }],
    ['users.remote_endpoint', { users: { remote_endpoint: '/api/users/{placeholder}' } }],
    ['users.remote_endpoint', { users: { remote_endpoint: 'ftp://id.example/{placeholder}' } }],
    ['users.remote_endpoint', { users: { remote_endpoint: 'https://id.example' } }],
    ['users.remote_identifier', { users: { ...endpoint, remote_identifier: 'name' } }],
    ['users.remote_method', { users: { ...endpoint, remote_method: 'DELETE' } }],
    ['users.timeout_ms', { users: { ...endpoint, timeout_ms: 5 } }],
    ['users.timeout_ms', { users: { ...endpoint, timeout_ms: '5s' } }],
    [
      'users.token_env_variable_label',
      { users: { ...endpoint, token_env_variable_label: '$TOKEN' } },
    ],
    [
      'users.token_env_variable_label',
      { users: { ...endpoint, token_env_variable_label: 'a-secret' } },
    ],
    ['users', { users: { ...endpoint, token: 'a-secret' } }],
    ['users', { users: { ...endpoint, remote_endpoints: 'https://id.example/' } }],
    ['groups', { groups: 'https://id.example/groups/{placeholder}' }],
    ['provision', { provision: 'true' }],
    ['levels', { levels: { admin: ['administrator'] } }],
    ['levels.owner', { levels: { owner: 'administrator' } }],
    ['onGroupDeleted', { onGroupDeleted: 'keep' }],
    ['removalBrake', { removalBrake: true }],
    ['removalBrake', { removalBrake: { share: 20 } }],
    ['removalBrake', { removalBrake: { from: 0 } }],
    ['rate', { rate: 0 }],
    ['rate', { rate: '50' }],
    ['refreshAfterHours', { refreshAfterHours: 0 }],
    ['webhook', { webhook: { token: 'a-secret' } }],
  ])('refuses a wrong %s: %j', (path, idp) => {
    const problems = problemsOf(inherited(idp));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`REMOTE_USER_DATA_API_ENDPOINTS: idps.myCommons.${path}`);
  });

  it.each(['username', 'email', 'orcid'])('asks for no group by %s', (property) => {
    expect(problemsOf(inherited({ groups: { ...endpoint, remote_identifier: property } }))).toEqual(
      [
        'REMOTE_USER_DATA_API_ENDPOINTS: idps.myCommons.groups.remote_identifier: must be "id": a group has no username, e-mail address or ORCID iD',
      ],
    );
  });

  it('names a key that it does not know', () => {
    const problems = problemsOf(inherited({ onGroupDelete: 'divorce' }));

    expect(problems.join()).toMatch(/idps\.myCommons: .*"onGroupDelete"/);
  });

  it('needs people or groups', () => {
    expect(problemsOf({ REMOTE_USER_DATA_API_ENDPOINTS: '{"a": {}}' })).toEqual([
      'idps.a: neither users nor groups are configured',
    ]);
  });

  it.each(['knowledgeCommons', 'a', 'orcid.org_2-x', `a${'b'.repeat(62)}`])(
    'may be called %s',
    (key) => {
      expect(readConfig(inherited({}, key)).idps.has(key)).toBe(true);
    },
  );

  it.each([
    '',
    'LOCAL',
    '1st',
    'my commons',
    'my/commons',
    'my|commons',
    'my---commons',
    'ünï',
    `a${'b'.repeat(63)}`,
  ])('may not be called %j', (key) => {
    const variable = `{${JSON.stringify(key)}: {"users": ${JSON.stringify(endpoint)}}}`;

    const problems = problemsOf({ REMOTE_USER_DATA_API_ENDPOINTS: variable });

    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toContain('REMOTE_USER_DATA_API_ENDPOINTS: idps');
  });

  it.each([
    ['an address with a placeholder', 'https://id.example/users/{placeholder}'],
    ['an address with another word for it', 'https://id.example/users/{username}/'],
    ['an address that the id comes after', 'https://id.example/users/'],
  ])('takes %s', (_, remote_endpoint) => {
    expect(idpOf({ users: { remote_endpoint } }).users?.url).toBe(remote_endpoint);
  });

  it.each([
    'https://id.example',
    'https://{placeholder}.example/users',
    'https://id.example/users#{placeholder}',
  ])('refuses an address that has no room for an id: %s', (remote_endpoint) => {
    const problems = problemsOf(inherited({ users: { remote_endpoint } }));

    expect(problems).toEqual([expect.stringContaining('idps.myCommons.users.remote_endpoint: ')]);
  });

  it('may switch the brake off, and only by saying so', () => {
    expect(idpOf({ removalBrake: false }).removalBrake).toBe(false);
    expect(idpOf({ removalBrake: {} }).removalBrake).toEqual({
      allOfAUser: true,
      share: 0.2,
      from: 100,
    });
  });
});

describe('levels', () => {
  it('refuse a category that has two', () => {
    const problems = problemsOf(inherited({ levels: { owner: ['editor'], curator: ['editor'] } }));

    expect(problems).toEqual(['idps.myCommons.levels: "editor" has two levels']);
  });

  it('refuse two for "admin" and "administrator", which are one', () => {
    const problems = problemsOf(
      inherited({ levels: { owner: ['administrator'], manager: ['admin'] } }),
    );

    expect(problems).toEqual([
      expect.stringMatching(/^idps\.myCommons\.levels: "admin\w*" has two/),
    ]);
  });

  it('take a category twice in one list', () => {
    const { levels } = idpOf({ levels: { owner: ['admin', 'administrator', 'admin'] } });

    expect(levels).toEqual(new Map([['administrator', 'OWNER']]));
  });
});

describe('secrets', () => {
  it('of webhooks may be several, separated by blanks, while one is rotated', () => {
    const [one, other] = ['the-old-token-of-the-sender', 'the-new-token-of-the-sender'];
    const [older, newer] = [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    ];

    const { webhook } = idpOf(
      {
        webhook: {
          token_env_variable_label: 'TOKENS',
          signing_secret_env_variable_label: 'SECRETS',
        },
      },
      { TOKENS: ` ${one}\n\t${other} `, SECRETS: `${older} ${newer}` },
    );

    expect(webhook).toEqual({
      tokenHashes: [sha256(one), sha256(other)],
      signingSecrets: [older, newer],
    });
  });

  it('are kept as hashes where that is enough', () => {
    const config = readConfig({ REMOTE_USER_DATA_WEBHOOK_TOKEN: webhookToken, ...inherited() });

    expect(JSON.stringify([...config.idps])).not.toContain(webhookToken);
  });

  it('of REMOTE_USER_DATA_WEBHOOK_TOKEN are for the services that have none of their own', () => {
    const { webhook } = idpOf(
      { webhook: { token_env_variable_label: 'OWN' } },
      { OWN: 'a-token-of-its-own-here', REMOTE_USER_DATA_WEBHOOK_TOKEN: webhookToken },
    );

    expect(webhook.tokenHashes).toEqual([sha256('a-token-of-its-own-here')]);
  });

  it('of webhooks may be short, but not in production', () => {
    const secrets = { REMOTE_USER_DATA_WEBHOOK_TOKEN: `${webhookToken} short`, ...inherited() };

    expect(problemsOf(secrets)).toEqual([]);
    const problems = problemsOf({
      ...ready,
      NODE_ENV: 'production',
      REMOTE_USER_DATA_WEBHOOK_TOKEN: `${webhookToken} short`,
      ...inherited(),
    });

    expect(problems).toEqual(['idps.myCommons: a webhook token is shorter than 16 characters']);
  });

  it.each([
    ['whsec_', 'empty'],
    ['whsec_c2hvcnQ=', 'too short'],
    ['whsec_not base64!', 'cut by a blank'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS*', 'no base64'],
    ['sixteen', 'short and without its prefix'],
  ])('that sign webhooks are refused at start: %s is %s', (secret) => {
    const problems = problemsOf({
      HOOK_SECRET: secret,
      ...inherited({ webhook: { signing_secret_env_variable_label: 'HOOK_SECRET' } }),
    });

    expect(problems).not.toEqual([]);
    expect(problems[0]).toMatch(/^idps\.myCommons\.webhook\.signing_secret_env_variable_label: /);
  });

  it.each([undefined, ''])('that are named and %j are missing', (value) => {
    const problems = problemsOf({
      REMOTE_TOKEN: value,
      HOOK_TOKEN: value,
      HOOK_SECRET: value,
      ...inherited({
        users: { ...endpoint, token_env_variable_label: 'REMOTE_TOKEN' },
        webhook: {
          token_env_variable_label: 'HOOK_TOKEN',
          signing_secret_env_variable_label: 'HOOK_SECRET',
        },
      }),
    });

    expect(problems.sort()).toEqual([
      'idps.myCommons.users.token_env_variable_label: the variable REMOTE_TOKEN is not set',
      'idps.myCommons.webhook.signing_secret_env_variable_label: the variable HOOK_SECRET is not set',
      'idps.myCommons.webhook.token_env_variable_label: the variable HOOK_TOKEN is not set',
    ]);
  });

  it('that are blank are missing', () => {
    const problems = problemsOf({
      HOOK_TOKEN: '  ',
      ...inherited({ webhook: { token_env_variable_label: 'HOOK_TOKEN' } }),
    });

    expect(problems).toEqual([
      'idps.myCommons.webhook.token_env_variable_label: the variable HOOK_TOKEN is not set',
    ]);
  });
});

describe('production', () => {
  it('refuses whatever is only good for trying it out', () => {
    const problems = problemsOf({ NODE_ENV: 'production', SAMPLE_SERVICE: 'true' });

    expect(problems).toEqual([
      'DATABASE_URL: is needed in production; the embedded database is not for it',
      'PUBLIC_URL: is needed in production; links in e-mails begin with it',
      'SMTP_URL: is needed in production; with "none" no e-mails are sent',
      'SAMPLE_SERVICE: the sample identity service is not for production',
    ]);
  });

  it.each(Object.keys(ready))('misses nothing but %s', (name) => {
    const problems = problemsOf({ ...ready, NODE_ENV: 'production', [name]: '' });

    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: is needed`))]);
  });

  it('starts with a database, an address and a way to send e-mails', () => {
    expect(problemsOf({ ...ready, NODE_ENV: 'production' })).toEqual([]);
  });

  it('says of whom its e-mails come, if it sends any', () => {
    const env = { ...ready, NODE_ENV: 'production', SMTP_URL: 'smtps://mail.example' };

    expect(problemsOf(env)).toEqual([
      'MAIL_FROM: is needed with SMTP_URL in production; e-mails come from it',
    ]);
    expect(problemsOf({ ...env, MAIL_FROM: 'Us <us@example.org>' })).toEqual([]);
  });

  it('has people sign in at the root of its host', () => {
    const signIn = { uni: { kind: 'oidc', issuer: 'https://uni.example', client_id: 'a' } };
    const env = { ...ready, PUBLIC_URL: 'https://collegium.example/here' };

    expect(problemsOf(env)).toEqual([]);
    expect(problemsOf({ ...env, COLLEGIUM_CONFIG: fileOf({ signIn }) })).toEqual([
      'PUBLIC_URL: has a path, and where people sign in it may have none',
    ]);
  });

  it('takes nobody else’s tokens for its own', () => {
    const issuers = {
      [ready.PUBLIC_URL]: { idp: 'a', audience: 'b', jwks_url: 'https://a.example/jwks.json' },
    };

    expect(problemsOf({ ...ready, COLLEGIUM_CONFIG: fileOf({ issuers }) })).toEqual([
      `issuers.${ready.PUBLIC_URL}: is PUBLIC_URL, and so what our own tokens say`,
    ]);
  });

  it('has people sign in over https only', () => {
    const signIn = {
      orcid: { kind: 'orcid', client_id: 'a', client_secret_env_variable_label: 'S' },
    };
    const env = {
      ...ready,
      NODE_ENV: 'production',
      S: 'a secret',
      COLLEGIUM_CONFIG: fileOf({ signIn }),
    };

    expect(problemsOf(env)).toEqual([]);
    expect(problemsOf({ ...env, PUBLIC_URL: 'http://collegium.example' })).toEqual([
      'PUBLIC_URL: is not https, and without that browsers keep nobody signed in',
    ]);
    expect(problemsOf({ ...env, PUBLIC_URL: 'http://localhost', NODE_ENV: 'test' })).toEqual([]);
  });
});
