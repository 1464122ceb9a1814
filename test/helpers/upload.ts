import type { Answer, World } from './world.ts';

/** Sends an operation with a file, which the variables name as null at `input.file`. */
export async function upload(
  world: World,
  token: string | undefined,
  query: string,
  input: object,
  file: Uint8Array<ArrayBuffer>,
  name = 'logo.png',
): Promise<Answer> {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables: { input: { ...input, file: null } } }));
  form.set('map', JSON.stringify({ 0: ['variables.input.file'] }));
  form.set('0', new Blob([file]), name);
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: {
      'apollo-require-preflight': 'true',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: form,
  });
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
}
