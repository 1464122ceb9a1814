import type { Feature } from '../feature.ts';

export default {} satisfies Feature;
