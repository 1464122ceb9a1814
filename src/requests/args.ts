import { ArgsType, Field } from 'type-graphql';
import { PageArgs } from '../page-args.ts';
import {
  RequestKindEnum,
  RequestSideEnum,
  type RequestSort,
  RequestSortEnum,
  RequestStateEnum,
} from './enums.ts';
import type { RequestKind, RequestState } from './request.ts';

/** Which part of a list of requests, whatever they ask. */
@ArgsType()
export class StateArgs extends PageArgs {
  @Field(() => [RequestStateEnum], { nullable: true, description: 'Only those in these states.' })
  states?: RequestState[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Only those that wait for an answer, or only those that do not.',
  })
  isOpen?: boolean | null;
}

/** Which part of a list of requests of several kinds. */
@ArgsType()
export class KindArgs extends StateArgs {
  @Field(() => [RequestKindEnum], { nullable: true, description: 'Only those of these kinds.' })
  kinds?: RequestKind[] | null;

  @Field(() => RequestSortEnum, {
    defaultValue: 'NEWEST',
    description: 'In which order.',
  })
  sort: RequestSort = 'NEWEST';
}

@ArgsType()
export class RequestArgs extends KindArgs {
  @Field(() => RequestSideEnum, {
    nullable: true,
    description:
      'Only those in which the viewer is on this side, also by speaking for a community.',
  })
  mine?: 'CREATED' | 'RECEIVED' | null;
}
