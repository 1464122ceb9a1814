/** What a member may do in a community, least first. */
export const levels = ['READER', 'CURATOR', 'MANAGER', 'OWNER'] as const;
export type Level = (typeof levels)[number];

/** Whether one level is at least another. */
export const atLeast = (level: Level, least: Level): boolean =>
  levels.indexOf(level) >= levels.indexOf(least);

/** The least level that may give, change or take away a level: managers do, but what makes owners is for owners. */
export const leastToManage = (level: Level | null): Level =>
  level === 'OWNER' ? 'OWNER' : 'MANAGER';

/** The highest of some levels; undefined if there are none. */
export const highest = (some: Iterable<Level>): Level | undefined => {
  let top: Level | undefined;
  for (const it of some) if (top === undefined || atLeast(it, top)) top = it;
  return top;
};
