import { onTestFinished } from 'vitest';
import { type SampleOptions, startSampleService } from '../../src/sample/service.ts';

/** The parts of answers that tests look into. */
interface Body {
  id: number;
  username: string;
  groups: { id: number; name: string }[];
  data: object[];
  meta: { error: { code: number } };
}

export const jane = '/wp-json/commons/v1/users/janeuser';
export const member = '/api/v1/members/janeuser/';

/** A sample service for one test, and ways to ask and change it over HTTP. */
export async function start(options?: SampleOptions) {
  const service = await startSampleService(options);
  onTestFinished(() => service.stop());
  const ask = (path: string, token = 'sample-token', init?: RequestInit) =>
    fetch(service.url + path, { ...init, headers: { authorization: `Bearer ${token}` } });
  const read = async (path: string, token?: string) => {
    const response = await ask(path, token);
    return { status: response.status, body: (await response.json()) as Body };
  };
  const change = (method: string, path: string, body?: object) =>
    ask(`/control${path}`, '', { method, body: JSON.stringify(body) });
  return { service, ask, read, change };
}
