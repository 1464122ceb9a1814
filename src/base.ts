import { p } from '@mikro-orm/core';
import { newId } from './ids.ts';

/** The id and the dates of every stored thing. */
export const base = {
  id: p.uuid().primary().onCreate(newId),
  createdAt: p.datetime().onCreate(() => new Date()),
  updatedAt: p
    .datetime()
    .onCreate(() => new Date())
    .onUpdate(() => new Date()),
};
