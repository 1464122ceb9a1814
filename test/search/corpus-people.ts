/** A user of the corpus; who says nothing else is public, and hides the address. */
export interface Person {
  username: string;
  fullName?: string;
  givenName?: string;
  familyName?: string;
  affiliation?: string;
  orcid?: string;
  email?: string;
  showsEmail?: true;
  isHidden?: true;
  state?: 'SUSPENDED' | 'DEACTIVATED';
}

/** Who asks, beside nobody and `the-administrator`. */
const actors: Person[] = [
  { username: 'stranger', fullName: 'Sam Stranger', email: 'sam@stranger.example' },
  { username: 'member', fullName: 'Mia Member' },
  { username: 'owner', fullName: 'Olga Owner' },
  { username: 'moderator', fullName: 'Max Moderator' },
];

const people: Person[] = [
  {
    username: 'meyer1',
    fullName: 'Anna Meyer',
    affiliation: 'University of Bonn',
    orcid: '0000-0002-1825-0097',
  },
  { username: 'meier2', fullName: 'Anna Meier', affiliation: 'Bonn Archive' },
  {
    username: 'mayer3',
    fullName: 'Anna Mayer',
    affiliation: 'University of Vienna',
    isHidden: true,
  },
  { username: 'maier4', fullName: 'Hanna Maier', orcid: '0000-0001-5109-3700' },
  { username: 'meyerhold', fullName: 'Vsevolod Meyerhold', affiliation: 'Theatre' },
  { username: 'anne-m', fullName: 'Anne Meyer', state: 'SUSPENDED' },
  { username: 'jose', fullName: 'José García', email: 'jose@example.org', showsEmail: true },
  { username: 'jose2', fullName: 'Jose Garcia', affiliation: 'CERN', email: 'jose2@example.org' },
  {
    username: 'josefa',
    fullName: 'Josefa Garza',
    state: 'DEACTIVATED',
    email: 'josefa@example.org',
    showsEmail: true,
  },
  {
    username: 'oconnor',
    fullName: 'Sinéad O’Connor',
    email: 'sinead.o-connor@music.example',
    showsEmail: true,
  },
  { username: 'connor', fullName: 'Connor Mac Leod' },
  {
    username: 'li.wei',
    fullName: '李伟',
    givenName: 'Wei',
    familyName: 'Li',
    affiliation: '北京大学',
  },
  { username: 'nobody_else', affiliation: 'Independent' },
  { username: 'twice', fullName: 'Garth Garth', affiliation: 'Garth Institute' },
  {
    username: 'jorgensen',
    fullName: 'Søren Jørgensen',
    orcid: '0000-0003-1415-926X',
    affiliation: 'Aarhus',
  },
  { username: 'tolstoy', fullName: 'Лев Толстой', givenName: 'Leo', familyName: 'Tolstoy' },
  { username: 'Curie', fullName: 'Marie Skłodowska Curie', affiliation: 'University of Paris' },
  { username: 'wordsmith', fullName: 'John Smith' },
  { username: 'bonnie', fullName: 'Clyde Barrow' },
  {
    username: 'hidden-email',
    fullName: 'Hedy Lamarr',
    email: 'hedy@invent.example',
    isHidden: true,
    showsEmail: true,
  },
];

/** Whom the ancestors' users look for. */
const theirs: Person[] = [
  {
    username: 'pub',
    fullName: 'Tim Smith',
    affiliation: 'CERN',
    email: 'pub@inveniosoftware.org',
    showsEmail: true,
  },
  {
    username: 'pub-res',
    fullName: 'Tim Smith',
    affiliation: 'CERN',
    email: 'pub-res@inveniosoftware.org',
  },
  {
    username: 'res',
    fullName: 'Tim Smith',
    affiliation: 'CERN',
    email: 'res@inveniosoftware.org',
    isHidden: true,
  },
  { username: 'sbarton', fullName: 'Sara Barton', affiliation: 'Plazi' },
  {
    username: 'newuser',
    fullName: 'New User',
    affiliation: 'Here',
    email: 'newuser@newuser.org',
    showsEmail: true,
  },
];

export const persons: Person[] = [...actors, ...people, ...theirs];

export interface WrittenGroup {
  remoteId: string;
  idp: 'knowledgeCommons' | 'myCommons';
  name: string | null;
  slug: string;
  description?: string;
  /** Category → usernames. */
  roles: Record<string, string[]>;
}

export const groups: WrittenGroup[] = [
  {
    remoteId: '1000551',
    idp: 'knowledgeCommons',
    name: 'Digital Medievalists',
    slug: 'digital-medievalists',
    description: 'Manuscripts and machines.',
    roles: { member: ['meyer1', 'member', 'jose'], admin: ['owner'] },
  },
  {
    remoteId: '1000552',
    idp: 'knowledgeCommons',
    name: 'Digital Humanities',
    slug: 'digital-humanities',
    description: 'Machines and people.',
    roles: { member: ['meier2', 'jose2'] },
  },
  {
    remoteId: '1000553',
    idp: 'knowledgeCommons',
    name: 'Médiévistes',
    slug: 'medievistes',
    description: 'En français.',
    roles: { member: ['oconnor'] },
  },
  {
    remoteId: 'astro-1',
    idp: 'myCommons',
    name: 'Astronomers',
    slug: 'astronomers',
    description: 'Digital skies.',
    roles: { chair: ['jorgensen'], fellow: ['member', 'tolstoy', 'Curie'] },
  },
  {
    remoteId: 'astro-2',
    idp: 'myCommons',
    name: null,
    slug: 'group-astro-2',
    roles: { fellow: [] },
  },
  {
    remoteId: '1000551',
    idp: 'myCommons',
    name: 'Same number',
    slug: 'same-number',
    description: 'Of another service.',
    roles: {},
  },
];

/** Members of the community `atlas`, by username or group and category. */
export const guild = [
  ...['meyer1', 'meier2', 'mayer3', 'jose', 'jose2', 'oconnor', 'li.wei', 'jorgensen', 'twice'],
  ...['nobody_else', 'anne-m', 'hidden-email', 'newuser'],
];
