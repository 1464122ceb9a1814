import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleaned, html, line, note, paragraph, webAddress, writing } from '../src/text.ts';

interface Shape {
  safeParse(it: unknown): {
    success: boolean;
    data?: unknown;
    error?: { issues: { message: string }[] };
  };
}

/** What a text becomes, or why it is refused. */
function read(shape: Shape, text: unknown): unknown {
  const { data, error } = shape.safeParse(text);
  return error ? error.issues.map((it) => `! ${it.message}`).join('; ') : data;
}

const astral = '\u{1f33f}';

describe('a line', () => {
  it.each([
    ['as it is', 'Moss & Lichen', 'Moss & Lichen'],
    ['without what is around it', ' \t\n Moss\u00a0', 'Moss'],
    ['with single spaces', 'a \t\r\n  b\u2003c', 'a b c'],
    ['in NFC', 'Cafe\u0301', 'Caf\u00e9'],
    ['without controls', 'a\u0000b\u0007c\u0085d\u009f', 'abcd'],
    ['without what turns the direction over', 'a\u202eb\u2066c\u2069d\u202a', 'abcd'],
    ['without zero-width spaces and byte order marks', '\ufeffa\u200bb\uffff', 'ab'],
    ['with the joiners of a family', '👩\u200d👩\u200d👧', '👩\u200d👩\u200d👧'],
    ['with the non-joiner of Persian', 'می\u200cخواهم', 'می\u200cخواهم'],
    ['not if it is empty', '', '! is empty'],
    ['not if it is blank', ' \u3000\u2028', '! is empty'],
    ['not if nothing is left of it', '\u0000\u202e\u200b', '! is empty'],
    ['not if nobody sees it', '\u200d\u2060\u00ad\u3164\u{e0041}\u2800\ufe0f', '! is empty'],
    ['not with half a character', 'a\ud83c', '! is not well-formed Unicode'],
    ['not with the other half', '\udf3fa', '! is not well-formed Unicode'],
    ['not if it is a number', 1, '! is not text'],
    ['not if it is null', null, '! is not text'],
  ])('is taken %s: %j', (_, text, expected) => {
    expect(read(line(20), text)).toBe(expected);
  });

  it.each([
    ['x', 'x'],
    ['a character outside the first plane', astral],
    ['a letter with an accent of its own', 'e\u0301'],
  ])('counts %s as one', (_, character) => {
    expect(read(line(3), character.repeat(3))).toBe(character.normalize('NFC').repeat(3));
    expect(read(line(3), character.repeat(4))).toBe('! is longer than 3 characters');
  });

  it('is measured after it is cleaned', () => {
    expect(read(line(3), `  a\u0000${' '.repeat(500)}b  `)).toBe('a b');
  });
});

describe('a paragraph', () => {
  it.each([
    ['keeps its lines, however they end', 'a\r\nb\rc', 'a\nb\nc'],
    ['keeps its tabs', 'a\n\tb', 'a\n\tb'],
    ['keeps its spaces', 'a  b', 'a  b'],
    ['is never empty', ' \n ', '! is empty'],
    ['is counted in characters', astral.repeat(5), astral.repeat(5)],
    ['is no longer than it may be', 'x'.repeat(6), '! is longer than 5 characters'],
  ])('%s', (_, text, expected) => {
    expect(read(paragraph(5), text)).toBe(expected);
  });

  it('may be empty where it is a note', () => {
    expect(read(note(5), ' \n ')).toBe('');
  });
});

describe('an address', () => {
  it.each([
    'https://example.org',
    'http://example.org:8080/path?query=a@b#part',
    'https://exämple.org/straße',
    'https://例え.jp',
    'https://[::1]/',
    'HTTPS://EXAMPLE.ORG/@me',
  ])('may be %s', (text) => {
    expect(read(webAddress(), ` ${text}\n`)).toBe(text);
  });

  it.each([
    'javascript:alert(1)',
    'java\u0000script:alert(1)',
    'data:text/html,<b>',
    'vbscript:x',
    'ftp://example.org',
    'mailto:a@example.org',
    'example.org',
    '//example.org',
    'https:example.org',
    'https:///example.org',
    'https://',
    'https://?x',
    'https://example.org:99999',
    'https://example.org/a b',
    'https://example.org/">',
    'https://me:secret@example.org',
    'https://example.org\\@elsewhere.org',
  ])('is never %s', (text) => {
    expect(read(webAddress(), text)).toBe('! is not an http(s) address');
  });

  it('has at most 2,000 characters', () => {
    const longest = `https://example.org/${'x'.repeat(1980)}`;

    expect(read(webAddress(), longest)).toBe(longest);
    expect(read(webAddress(), `${longest}x`)).toBe('! is longer than 2000 characters');
  });
});

describe('HTML', () => {
  const allowed =
    'a abbr acronym b blockquote code div em h1 h2 h3 h4 h5 i li ol p pre s span strike strong sub sup table tbody td tfoot th thead tr u ul';
  it.each(allowed.split(' '))('keeps <%s>', (tag) => {
    expect(read(html(500), `<${tag}>x</${tag}>`)).toBe(`<${tag}>x</${tag}>`);
  });

  it.each('h6 font center form button section main figure marquee body html'.split(' '))(
    'keeps only the text of <%s>',
    (tag) => {
      expect(read(html(500), `<${tag} title="y">x</${tag}>`)).toBe('x');
    },
  );

  it.each([
    ['a script', 'a<script>alert(1)</script>b', 'ab'],
    ['a script in another case', 'a<ScRiPt src=x>alert(1)</sCrIpT >b', 'ab'],
    ['a script that is never closed', 'a<script>alert(1)', 'a'],
    ['a style', '<style>p { color: red }</style>b', 'b'],
    ['a picture', 'a<img src=x onerror=alert(1)>b', 'ab'],
    ['a rule', 'a<hr>b', 'ab'],
    ['a frame', '<iframe src="https://x" srcdoc="<script>1</script>"></iframe>b', 'b'],
    ['a drawing with a script', '<svg onload=alert(1)><script>1</script></svg>b', 'b'],
    ['a comment', 'a<!-- <b>x</b> -->b', 'ab'],
    ['an object', '<object data=x></object><embed src=x><base href=x><link><meta>b', 'b'],
    ['what hides in an attribute', '<p title="</p><img src=x onerror=1>">b</p>', '<p>b</p>'],
    ['handlers', '<p onclick="x()" onmouseover=y>b</p>', '<p>b</p>'],
    ['ids and classes', '<p id="a" class="b" data-x="c">b</p>', '<p>b</p>'],
    ['javascript:', '<a href="javascript:alert(1)">b</a>', '<a>b</a>'],
    ['javascript: in disguise', '<a href=" jAvA&#10;scr\tipt&colon;alert(1)">b</a>', '<a>b</a>'],
    ['data:', '<a href="data:text/html,x">b</a>', '<a>b</a>'],
    ['styles that are not listed', '<td style="position:fixed;top:0">b</td>', '<td>b</td>'],
    ['addresses in styles', '<td style="width:url(x)">b</td>', '<td>b</td>'],
    ['negative margins', '<td style="margin-left:-9999px">b</td>', '<td>b</td>'],
    ['styles where none may be', '<p style="text-align:center">b</p>', '<p>b</p>'],
  ])('throws away %s', (_, markup, expected) => {
    expect(read(html(500), markup)).toBe(expected);
  });

  it.each([
    ['<a href="https://x.org" title="t">b</a>'],
    ['<a href="mailto:a@b.org">b</a>'],
    ['<a name="part">b</a>'],
    ['<p dir="rtl" lang="ar">b</p>'],
    ['<td colspan="2" rowspan="3" style="text-align:right;width:50%">b</td>'],
    ['<table style="border-collapse:collapse;border-spacing:0"><tbody></tbody></table>'],
    ['a<br />b'],
    ['<colgroup><col span="2" /></colgroup>'],
    ['1 &lt; 2 &amp; &lt;script&gt;'],
  ])('keeps %s', (markup) => {
    expect(read(html(500), markup)).toBe(markup);
  });

  it('does not let what is opened from a link reach back', () => {
    expect(read(html(500), '<a href="https://x.org" target="_blank" rel="opener">b</a>')).toBe(
      '<a href="https://x.org" target="_blank" rel="noopener noreferrer">b</a>',
    );
  });

  it.each([
    ['a change of direction', '<p>a&#x202e;b&#8238;c</p>', '<p>abc</p>'],
    ['controls and nothing', 'a&#8;b&#x200b;c&#xfeff;', 'abc'],
    ['an accent', 'Cafe&#x301;', 'Caf\u00e9'],
    ['half a character', 'a&#xd800;', 'a\ufffd'],
    ['a tag that is written twice', '&amp;lt;b&amp;gt;', '&amp;lt;b&amp;gt;'],
  ])('sees through references that stand for %s', (_, markup, expected) => {
    expect(read(html(500), markup)).toBe(expected);
  });

  it('is not opened by a letter that swallows the end of a tag', () => {
    const markup = read(html(500), '<a href="https://x.org">&#x338; onmouseover=alert(1) y</a>');

    expect(markup).not.toContain('onmouseover');
    expect(String(markup).normalize('NFC')).toBe(markup);
  });

  it('keeps the text of what is nested 100 deep', () => {
    const deep = read(html(5000), `${'<div>'.repeat(100)}x${'</div>'.repeat(100)}`);

    expect(deep).toBe(`${'<div>'.repeat(50)}x${'</div>'.repeat(50)}`);
  });

  it('is measured by what is left of it', () => {
    const rest = 'x'.repeat(100);
    const thrownAway = `<script>${'y'.repeat(283)}</script>`;

    expect(read(html(100), thrownAway + rest)).toBe(rest);
    expect(read(html(100), `${rest}x`)).toBe('! is longer than 100 characters');
    expect(read(html(100), `${'&'.repeat(21)}`)).toBe('! is longer than 100 characters');
    expect(read(html(100), `${thrownAway}y${rest}`)).toBe('! is longer than 100 characters');
  });

  it.each(['<b>', '<b></i>', '<', '</p>', '<a '])('is not read through %s without end', (tag) => {
    const start = performance.now();

    expect(read(html(50_000), tag.repeat(200_000 / tag.length))).toBe('! has too many tags');
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('may have as many tags as fit into it', () => {
    const tags = '<b></b>'.repeat(7142);

    expect(read(html(50_000), tags)).toBe(tags);
  });

  it('may be empty, but not where there is to be something to read', () => {
    expect(read(html(50), '<script>x</script>')).toBe('');
    expect(read(writing(50), '<p>&nbsp;<br>&#x2060;</p>')).toBe('! is empty');
    expect(read(writing(50), '<p>x</p>')).toBe('<p>x</p>');
  });

  const pieces = fc.constantFrom(
    ...['<', '>', '</', '"', "'", '=', '&', ';', ' ', '\u0338', '\u0301', 'e', '\u202e', '\u0000'],
    ...[
      'a',
      'p',
      'b',
      'script',
      'style',
      'href',
      'javascript:',
      'onclick',
      '&lt',
      '&#x3c;',
      '&#824;',
    ],
    ...['<p>', '</p>', '<a href="', '<b', '<!--', '-->', '<svg>', '<td style="', 'width:1px', '\n'],
  );
  const markups = fc.array(pieces, { maxLength: 40 }).map((it) => it.join(''));

  it('comes out the same when it is sent back, whatever it was', () => {
    fc.assert(
      fc.property(markups, (markup) => {
        const once = read(html(50_000), markup);
        expect(read(html(50_000), once)).toBe(once);
        expect(cleaned(String(once))).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  it('never holds a tag, a handler or a scheme that is not allowed, whatever it was', () => {
    const isAllowed = new RegExp(
      `^</?(${[...allowed.split(' '), 'br', 'col', 'colgroup'].join('|')})\\b`,
    );
    fc.assert(
      fc.property(markups, (markup) => {
        const tags = String(read(html(50_000), markup)).match(/<[^>]*>?/g) ?? [];
        for (const tag of tags) {
          expect(tag).toMatch(isAllowed);
          expect(tag).not.toMatch(/\s(on\w+|id|class|src)=|href="\s*javascript/i);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
