/** Where Elasticsearch is. */
export interface ElasticsearchPlace {
  /** With the user and password, if it wants them. */
  url: string;
  apiKey?: string;
  /** In front of the names of all indexes. */
  prefix: string;
}

/** Everything that is wrong with its address and key. Neither is repeated. */
export function elasticsearchProblems(address: string, apiKey: string | undefined): string[] {
  const url = URL.parse(address);
  if (!url || !/^https?:\/\/[^/?#\s][^?#\s]*$/i.test(address)) {
    return ['ELASTICSEARCH_URL: is not an http(s) address without "?" and "#"'];
  }
  const problems: string[] = [];
  if ((url.username === '') !== (url.password === '')) {
    problems.push('ELASTICSEARCH_URL: has a user without a password, or a password alone');
  }
  if (!isEncoded(url.username + url.password)) {
    problems.push(
      'ELASTICSEARCH_URL: has a "%" in its user or password that is not written as %25',
    );
  }
  if (apiKey !== undefined && url.username !== '') {
    problems.push('ELASTICSEARCH_API_KEY: cannot go with a user in ELASTICSEARCH_URL');
  }
  if (apiKey !== undefined && !/^[!-~]+$/.test(apiKey)) {
    problems.push('ELASTICSEARCH_API_KEY: has a blank, or a letter that is not ASCII');
  }
  return problems;
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
