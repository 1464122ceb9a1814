import { type Answer, type Format, groupsOf } from './answer.ts';
import type { Group } from './world.ts';

/** What WordPress says about a group that there is not. */
const noGroup: Group = {
  id: 0,
  name: null,
  url: null,
  visibility: null,
  description: null,
  avatar: null,
  groupblog: null,
  upload_roles: null,
  moderate_roles: null,
};

export const user: Format = (question) => {
  const { world, id, isAuthorized, isAbsent } = question;
  if (!isAuthorized) return forbidden();
  const person = isAbsent ? undefined : world.people.get(id);
  if (!person) return refusal(404, 'rest_user_invalid_id', 'Invalid user ID.');

  const body = {
    username: person.username,
    email: person.email,
    name: person.name,
    first_name: person.first_name,
    last_name: person.last_name,
    institutional_affiliation: person.institutional_affiliation,
    orcid: person.orcid,
    preferred_language: person.preferred_language,
    time_zone: person.time_zone,
    groups: groupsOf(person, question, ({ id, name, role }) => ({
      id,
      name: name ?? world.groups.get(String(id))?.name,
      role,
    })),
  };
  return { status: 200, body };
};

export const group: Format = ({ world, id, isAuthorized, isAbsent }) => {
  if (!isAuthorized) return forbidden();
  if (isAbsent) return refusal(404, 'rest_group_invalid_id', 'Invalid group ID.');
  if (!Number.isInteger(Number(id)))
    return refusal(404, 'rest_no_route', 'No route was found matching the URL.');

  const { slug: _, ...body } = world.groups.get(id) ?? noGroup;
  return { status: 200, body };
};

function forbidden(): Answer {
  return refusal(401, 'rest_forbidden', 'Sorry, you are not allowed to do that.');
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { code, message, data: { status } } };
}
