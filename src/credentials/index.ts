import type { Feature } from '../feature.ts';
import { Session } from './session.ts';
import { Token } from './token.ts';

export default {
  entities: [Token, Session],
} satisfies Feature;
