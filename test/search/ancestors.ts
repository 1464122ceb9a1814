/** A query that users of our ancestors type, in the words of our fields where theirs have none here. */
export interface AncestorQuery {
  query: string;
  /** Where it is from: an address, or a repository and a path in it. */
  from: string;
  kind: 'communities' | 'users' | 'members';
  /** What was changed, or what they make of it. */
  note?: string;
}

const help =
  'inveniosoftware/invenio-app-rdm: …/theme/templates/semantic-ui/invenio_app_rdm/help/search.en.html';
const zenodo = 'https://help.zenodo.org/guides/search/';
const parser =
  'inveniosoftware/invenio-records-resources: tests/services/test_service_queryparser.py';
const resources = 'inveniosoftware/invenio-records-resources: tests/resources/test_resources.py';
const communities = 'inveniosoftware/invenio-communities: tests/communities/test_resources.py';
const header =
  'inveniosoftware/invenio-communities: …/templates/semantic-ui/invenio_communities/details/header.html';
const members = 'inveniosoftware/invenio-communities: tests/members/test_members_services.py';
const users = 'inveniosoftware/invenio-users-resources: tests/services/users/test_service_users.py';
const userDocs = 'inveniosoftware/docs-invenio-rdm: docs/reference/rest_api_users.md';
const elastic = 'elastic/elasticsearch: docs/reference/query-dsl/query-string-syntax.asciidoc';
const kibana = 'elastic/kibana: docs/discover/search.asciidoc';
const scholar = 'internetarchive/fatcat-scholar: fatcat_scholar/query_parse.py';

const inTitle = 'the field was one of records, and is the title here';
const inCreated = 'the date of publication is the date of creation here';
const fallsBack = 'broken: the ancestors look for all of it as plain words';
const noSuchField = 'no field of ours';

/** Queries of communities, from one place. */
const ofCommunities = (from: string, rows: [query: string, note?: string][]): AncestorQuery[] =>
  rows.map(([query, note]) => ({ query, from, kind: 'communities', ...(note ? { note } : {}) }));

export const ancestorQueries: AncestorQuery[] = [
  ...ofCommunities(help, [
    ['open science'],
    ['+open +science'],
    ['open AND science'],
    ['-open +science'],
    ['NOT open AND science'],
    ['"open science"'],
    ['metadata.title:open'],
    ['metadata.title:(open science)'],
    ['+metadata.title:"open science" -metadata.title:policy'],
    ['metadata.title:(-open +science)'],
    ['created:[2017 TO 2018]', inCreated],
    ['created:[2017 TO 2018}', inCreated],
    ['created:[2017-01-01 TO 2017-12-31]', inCreated],
    ['created:{* TO 2017-01-01}', inCreated],
    ['created:[2017-01-01 TO *]', inCreated],
    ['slug:/10\\.5281.*/', 'a regular expression, which the ancestors run over identifiers'],
    ['_exists_:metadata.website', 'was metadata.creators'],
    ['NOT _exists_:metadata.website', 'was metadata.additional_titles'],
    ['metadata.title:"open science"^5 metadata.description:"open science"'],
    ['oepn~'],
    ['"open science"~5'],
    ['ope? scien*'],
  ]),
  ...ofCommunities(zenodo, [
    ['title:open'],
    ['title:(open science)'],
    ['+title:"open science" -title:policy'],
    ['title:(-open +science)'],
    ['created:[2017-01-01 TO 2018-01-01}', inCreated],
    ['created:>2017', 'was size:>1000000'],
    ['created:>=2017', 'was size:>=1000000'],
  ]),
  ...ofCommunities(communities, [
    [''],
    ['metadata.type.id:project'],
    ['Comm', 'finds “My Community”: beginnings of words of the title are found'],
    ['id:com_AAAAAAAAAAAAAAAAAAAAAA', 'was the id of a community that there is'],
  ]),
  ...ofCommunities(header, [['slug:biosyslit', 'a link that operators follow']]),
  ...ofCommunities(resources, [
    ['id~:', fallsBack],
    ['id:test!', 'the ancestors refuse it: what is right for Lucene is wrong for Elasticsearch'],
  ]),
  ...ofCommunities(parser, [
    ['(new your city) OR (big apple)'],
    ['(new your city OR (big apple)', fallsBack],
    ['"a phrase"'],
    ['"a phrase', fallsBack],
    ['title:"John Smith', fallsBack],
    ['title:/joh?n(ath[oa]n)/', inTitle],
    ['title:/joh?n(ath[oan)/', fallsBack],
    ['title:joh?n(ath[oa]n)/', fallsBack],
    ['created:[2012-01-01 to 2012-12-31]', fallsBack],
    ['created:[10 TO ]', fallsBack],
    ['created:[1 TO 5', fallsBack],
    ['title:alpha TO omega}', fallsBack],
    ['created:{ TO 2012-01-01}', fallsBack],
    ['"john smith"^2   (foo bar^4', fallsBack],
    ['((quick AND fox) OR (brown AND fox OR fox) AND NOT news', fallsBack],
    ['(quick OR brown AND fox', fallsBack],
    ['doi:', fallsBack],
    ['doi:10.1234/foo.bar', noSuchField],
    ['title:(blr OR biosyslit)', inTitle],
    ['title:(+blr -biosyslit) test', inTitle],
    ['title:(b1 OR b2) slug:(test test1 test2)^2', inTitle],
    [
      '_exists_:internal_notes',
      'ancestors keep such a field from who may not read it; here there is none',
    ],
    ['internal_notes.note:abc', noSuchField],
  ]),
  ...ofCommunities(elastic, [
    ['status:active', noSuchField],
    ['title:(quick OR brown)'],
    ['title:"John Smith"', inTitle],
    ['book.\\*:(quick OR brown)', noSuchField],
    ['first\\ name:Alice', noSuchField],
    ['_exists_:title'],
    ['qu?ck bro*'],
    ['quikc~ brwn~ foks~'],
    ['quikc~1'],
    ['"fox quick"~5'],
    ['created:[2012-01-01 TO 2012-12-31]', inCreated],
    ['count:[1 TO 5]', noSuchField],
    ['title:{alpha TO omega}', 'was a keyword; only dates have ranges here'],
    ['count:[10 TO *]', noSuchField],
    ['created:{* TO 2012-01-01}', inCreated],
    ['count:[1 TO 5}', noSuchField],
    ['created:<2012', 'was age:<10'],
    ['created:<=2012', 'was age:<=10'],
    ['created:(>=2012 AND <2013)', 'was age:(>=10 AND <20)'],
    ['created:(+>=2012 +<2013)', 'was age:(+>=10 +<20)'],
    ['quick^2 fox'],
    ['"john smith"^2   (foo bar)^4'],
    ['quick brown +fox -news'],
    ['((quick AND fox) OR (brown AND fox) OR fox) AND NOT news'],
    ['(quick OR brown) AND fox'],
    ['type:(active OR pending) title:(full text search)^2', 'was status:(active OR pending)'],
    ['\\(1\\+1\\)\\=2'],
    ['kimchy\\!'],
    ['"a* b* c*"'],
    ['*ing', 'the ancestors allow it, at a price'],
    ['/.*n/', 'a regular expression'],
  ]),
  ...ofCommunities(kibana, [
    ['safari'],
    ['status:200', noSuchField],
    ['created:[2010 TO 2020]', 'was status:[400 TO 499]'],
    [
      'created:[2010 TO 2020] AND (type:organization OR type:project)',
      'was status:[400 TO 499] AND (extension:php OR extension:html)',
    ],
  ]),
  ...ofCommunities(scholar, [
    ['is_oa:', fallsBack],
    ['is_oa:1', noSuchField],
    ['is_oa:*', noSuchField],
    ['<xml>'],
    ['some $\\LaTeX$'],
    ['N/A'],
    ['a/B thing'],
    ['"a/B thing"'],
    ['Krämer'],
    ['this (is my) paper: here are the results', 'no field is meant'],
    ['"hello world" computing type:book'],
    ['"hello world" computing type:"chapter thing"'],
    ['(title:foo OR title:bar)^1.5 (description:foo OR description:bar)', 'was body:foo'],
    ['(title:"foo bar" AND description:"quick fox") OR title:fox', 'was body:"quick fox"'],
    ['[embargoed]', fallsBack],
    ['something 10.1002/eco.2061'],
    ['different wet/dry ratios'],
    ['kimchy!'],
    ['kimchy?'],
    ['Saul B/ Cohen'],
    ['Nobel / Nino'],
  ]),
  ...[
    'Tim',
    'Jos',
    'Jose CERN',
    'CERN',
    'pub',
    'pub-res',
    'pub@inveniosoftware.org',
    'res@inveniosoftware.org',
    'Plazi',
    'sbarton',
    'sbraton',
    'sbartn',
    'sbartoon',
    'username:pub',
    'email:pub@inveniosoftware.org',
  ].map((query): AncestorQuery => ({ query, from: users, kind: 'users' })),
  { query: 'cern', from: userDocs, kind: 'users' },
  ...['affiliation:CERN', 'name:New', 'email:newuser@newuser.org', 'newuser@newuser.org'].map(
    (query): AncestorQuery => ({ query, from: members, kind: 'members' }),
  ),
];
