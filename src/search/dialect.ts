/** A field that queries may name. */
export type Field = TextField | KeywordField | DateField | LookupField;

/** Words in their order. */
export interface TextField {
  is: 'text';
  /** A letter that tells the field's words from those of others in PostgreSQL's index. */
  code: string;
  /** Words without a field look here too. */
  isBare?: true;
  /** And find what begins with them: `Comm` finds “My Community”. */
  isBegun?: true;
}

/** A value that is compared as a whole, ignoring case. */
export interface KeywordField {
  is: 'keyword';
  code: string;
  /** The value that is meant by a text, as it is kept; undefined if it can be none. */
  read?: (text: string) => string | undefined;
  /** A text without a field is looked for here too, if it can be a value. */
  isBare?: true;
  /** No query can name it. */
  isOurs?: true;
}

/** An instant. */
export interface DateField {
  is: 'date';
}

/** Kept in no index: the database is asked, for the actor. */
export interface LookupField {
  is: 'lookup';
  read: (text: string) => string | undefined;
  isBare?: true;
}

/** What queries about one kind of thing may say. */
export interface Dialect {
  /** By their names, in lower case as everything that is typed before a colon. */
  fields: Readonly<Record<string, Field>>;
  /** Other names of fields, the ancestors' among them. */
  aliases: Readonly<Record<string, string>>;
  /** What two words without a word between them mean. */
  joins: 'AND' | 'OR';
  /** A word without a field also finds what is spelt nearly like it, after all that is spelt so. */
  isTolerant?: true;
}

/** The names of the text fields that words without a field look in. */
export const bareFields = ({ fields }: Dialect): string[] =>
  Object.keys(fields).filter((it) => fields[it]?.is === 'text' && fields[it].isBare);

/** The names of the text fields of which a word without a field finds beginnings. */
export const begunFields = ({ fields }: Dialect): string[] =>
  Object.keys(fields).filter((it) => fields[it]?.is === 'text' && fields[it].isBegun);
