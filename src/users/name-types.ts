import { Field, InputType, ObjectType } from 'type-graphql';
import type { NameParts, namePartKeys } from './user.ts';

type Key = (typeof namePartKeys)[number];

/** What each part of a name is, after KCWorks. */
const described: Record<Key, string> = {
  given: 'The given name, or several.',
  middle: 'Middle names, separated by blanks.',
  family: 'The name of the family.',
  familyPrefix: 'What introduces the family’s name, and does not count in the alphabet: `von`.',
  familyPrefixFixed: 'What introduces the family’s name, and counts in the alphabet: `De`, `O’`.',
  spousal: 'A spouse’s family name, in front of the own.',
  parental: 'A name after a parent, behind the given name: `Petrovich`.',
  undivided: 'A name that has no parts, and is the same in every list; it stands alone.',
  suffix: 'What follows the whole name: `Jr.`, `III`.',
  nickname: 'What friends say.',
};

const Part = (key: Key) => Field(() => String, { nullable: true, description: described[key] });

@ObjectType('NameParts', { description: 'The parts of a name that are known.' })
export class NamePartsType implements NameParts {
  @Part('given')
  given?: string;

  @Part('middle')
  middle?: string;

  @Part('family')
  family?: string;

  @Part('familyPrefix')
  familyPrefix?: string;

  @Part('familyPrefixFixed')
  familyPrefixFixed?: string;

  @Part('spousal')
  spousal?: string;

  @Part('parental')
  parental?: string;

  @Part('undivided')
  undivided?: string;

  @Part('suffix')
  suffix?: string;

  @Part('nickname')
  nickname?: string;
}

@InputType({
  description: 'Parts of a name, 1 to 250 characters each: what is absent stays, null clears.',
})
export class NamePartsInput {
  @Part('given')
  given?: string | null;

  @Part('middle')
  middle?: string | null;

  @Part('family')
  family?: string | null;

  @Part('familyPrefix')
  familyPrefix?: string | null;

  @Part('familyPrefixFixed')
  familyPrefixFixed?: string | null;

  @Part('spousal')
  spousal?: string | null;

  @Part('parental')
  parental?: string | null;

  @Part('undivided')
  undivided?: string | null;

  @Part('suffix')
  suffix?: string | null;

  @Part('nickname')
  nickname?: string | null;
}
