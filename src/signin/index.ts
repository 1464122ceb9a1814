import type { Feature } from '../feature.ts';
import { Link } from './link.ts';
import { SignIn } from './sign-in.ts';

export default {
  entities: [SignIn, Link],
} satisfies Feature;
