import type { Feature } from '../feature.ts';
import { MergeResolver } from './merging/resolver.ts';
import { AccountResolver } from './resolver.ts';

export default {
  resolvers: [AccountResolver, MergeResolver],
} satisfies Feature;
