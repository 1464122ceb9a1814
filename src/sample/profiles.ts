import { type Answer, type Format, groupsOf, type Question } from './answer.ts';
import type { Membership, Person } from './world.ts';

const databaseIsAway = {
  message: 'Database not accessible. Some fields may be silently missing',
  status: 'non-fatal',
  code: 1001,
};

export const member: Format = (question) => {
  const { world, id, isAbsent, wrapMembers } = question;
  const person = isAbsent ? undefined : world.people.get(id);
  if (!person) return refusal(question, 1005, 'User not found');
  const profile = profileOf(person, question);
  const meta = metaOf(question);
  return { status: 200, body: wrapMembers ? { results: profile, meta } : { ...profile, meta } };
};

export const group: Format = (question) => {
  const { world, id, isAuthorized, isAbsent } = question;
  const found = isAbsent ? undefined : world.groups.get(id);
  if (!found || !(isAuthorized || found.visibility === 'public'))
    return refusal(question, 1007, 'Group not found');
  return { status: 200, body: { results: found, meta: metaOf(question) } };
};

/** Who a person at CILogon is, by `?sub=` or by username. That nobody is it is not an error. */
export const subs: Format = (question) => {
  const { world, id, query, isAbsent } = question;
  const sub = query.get('sub');
  if (!sub && !id) return refusal(question, 1008, 'Sub not specified');
  const person = id ? world.people.get(id) : world.findBySub(String(sub));
  const data =
    person && !isAbsent
      ? [{ sub: person.sub, profile: profileOf(person, question), idp_name: 'Example University' }]
      : [];
  return { status: 200, body: { data, meta: metaOf(question), next: null, previous: null } };
};

/** Strangers see no e-mails, and public groups only. */
function profileOf(person: Person, question: Question): object {
  const { world, isAuthorized, origin } = question;
  const { email, emails = email ? [email] : [] } = person;
  const isPublic = ({ id }: Membership) => world.groups.get(String(id))?.visibility === 'public';
  const groups =
    isAuthorized || !Array.isArray(person.groups) ? person.groups : person.groups.filter(isPublic);

  return {
    username: person.username,
    ...(isAuthorized && { email, emails }),
    name: person.name,
    first_name: person.first_name,
    last_name: person.last_name,
    institutional_affiliation: person.institutional_affiliation,
    orcid: person.orcid,
    avatar: person.avatar,
    academic_interests: person.academic_interests,
    groups: groupsOf({ groups }, question, ({ id, name, role, status = 'confirmed' }) => {
      const group = world.groups.get(String(id));
      return {
        id,
        group_name: name ?? group?.name,
        role: role === 'admin' ? 'administrator' : role,
        url: `${origin}/api/v1/groups/${id}/`,
        status,
        avatar: group?.avatar ?? '',
        inviter_id: 0,
        inviter: null,
      };
    }),
    memberships: person.memberships,
    is_superadmin: person.is_superadmin,
  };
}

function metaOf({ isAuthorized, isDegraded }: Question, error?: object): object {
  return { authorized: isAuthorized, error: error ?? (isDegraded ? databaseIsAway : undefined) };
}

function refusal(question: Question, code: number, message: string): Answer {
  const meta = metaOf(question, { message, status: 'fatal', code });
  return { status: 404, body: { meta } };
}
