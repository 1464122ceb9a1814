import type { PageInfo } from '../connection.ts';
import type { PageArgs } from '../page-args.ts';

interface Page<Row> {
  nodes: Row[];
  pageInfo: PageInfo;
}

/** The first things of a list, page after page, as far as they are wanted. */
export async function collect<Row>(
  limit: number,
  read: (args: PageArgs) => Promise<Page<Row>>,
  isWanted: (row: Row) => boolean = () => true,
): Promise<Row[]> {
  const found: Row[] = [];
  for (let after: string | undefined; ; ) {
    const { nodes, pageInfo } = await read({ first: 100, after });
    found.push(...nodes.filter(isWanted));
    if (found.length >= limit || !pageInfo.hasNextPage || !pageInfo.endCursor) break;
    after = pageInfo.endCursor;
  }
  return found.slice(0, limit);
}
