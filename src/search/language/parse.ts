import {
  Broken,
  type Clause,
  deepest,
  type Modifier,
  mostClauses,
  textOf,
  tooDeep,
  tooMany,
  type Value,
} from './syntax.ts';
import { type Token, tokensOf } from './tokens.ts';

/**
 * The clauses of a text, by the grammar of Lucene's classic parser; no fields are known here.
 * @throws Broken
 */
export function parse(text: string): Clause[] {
  const parser = new Parser(tokensOf(text), text.length);
  return parser.all();
}

class Parser {
  private next = 0;
  private count = 0;

  constructor(
    private readonly tokens: Token[],
    private readonly end: number,
  ) {}

  all(): Clause[] {
    if (this.tokens.length === 0) return [];
    const clauses = this.clauses(0);
    const rest = this.tokens[this.next];
    if (rest) throw new Broken('A parenthesis is closed that was not opened', rest.at);
    return clauses;
  }

  private clauses(depth: number): Clause[] {
    const clauses: Clause[] = [];
    for (;;) {
      const token = this.tokens[this.next];
      if (!token || token.is === 'close') return clauses;
      const conjunction = this.take('conjunction');
      if (conjunction && clauses.length === 0) {
        throw new Broken('An operator has nothing before it', conjunction.at);
      }
      const modifier = this.take('modifier')?.modifier ?? null;
      clauses.push(this.clause(conjunction?.word ?? null, modifier, depth));
    }
  }

  private clause(
    conjunction: Clause['conjunction'],
    modifier: Modifier | null,
    depth: number,
  ): Clause {
    const at = this.tokens[this.next]?.at ?? this.end;
    const field = this.take('field')?.name ?? null;
    const valueAt = this.tokens[this.next]?.at ?? this.end;
    const sign = this.take('comparison')?.sign;
    const value = sign === undefined ? this.value(depth) : this.compared(sign);
    const end = this.tokens[this.next - 1]?.end ?? this.end;
    const clause: Clause = {
      conjunction,
      modifier,
      field,
      value,
      tilde: null,
      boost: 1,
      at,
      valueAt,
      end,
    };
    for (;;) {
      const tilde = this.take('tilde');
      const boost = this.take('boost');
      if (tilde) clause.tilde = { number: tilde.number };
      if (boost) clause.boost = boost.number;
      if (!tilde && !boost) return clause;
    }
  }

  private value(depth: number): Value {
    const token = this.tokens[this.next++];
    if (token && token.is !== 'open' && ++this.count > mostClauses) throw tooMany(token.at);
    switch (token?.is) {
      case 'word':
        return { is: 'word', parts: token.parts };
      case 'quoted':
        return { is: 'quoted', text: token.text };
      case 'range': {
        const { from, to } = token;
        return {
          is: 'range',
          from: isOpen(from.text) ? null : from,
          to: isOpen(to.text) ? null : to,
        };
      }
      case 'regex':
        return { is: 'regex' };
      case 'open': {
        if (depth === deepest) throw tooDeep(token.at);
        const clauses = this.clauses(depth + 1);
        if (!this.take('close')) throw new Broken('A parenthesis is not closed', token.at);
        if (clauses.length === 0) throw new Broken('There is nothing in parentheses', token.at);
        return { is: 'group', clauses };
      }
      default: {
        const before = this.tokens[this.next - 2];
        const what = before?.is === 'field' ? `The field ${before.name}` : 'An operator';
        throw new Broken(`${what} has nothing after it`, token?.at ?? this.end);
      }
    }
  }

  /** `>=2024` is a range with an open end. */
  private compared(sign: string): Value {
    const text = textOf(this.value(deepest));
    if (text === undefined) {
      throw new Broken(
        'There is no value to compare with',
        this.tokens[this.next - 1]?.at ?? this.end,
      );
    }
    const bound = { text, isIncluded: sign.endsWith('=') };
    const isFrom = sign.startsWith('>');
    return { is: 'range', from: isFrom ? bound : null, to: isFrom ? null : bound };
  }

  private take<Is extends Token['is']>(is: Is): Extract<Token, { is: Is }> | undefined {
    const token = this.tokens[this.next];
    if (!isToken(token, is)) return undefined;
    this.next++;
    return token;
  }
}

const isOpen = (bound: string) => bound === '*';

const isToken = <Is extends Token['is']>(
  token: Token | undefined,
  is: Is,
): token is Extract<Token, { is: Is }> => token?.is === is;
