/** Sends what is in the console's box to GraphQL, by the session of who looks at it. */
export const consoleScript = `'use strict';
const form = document.getElementById('ask');
const query = document.getElementById('query');
const answer = document.getElementById('answer');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  answer.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: query.value }),
    });
    answer.textContent = JSON.stringify(await response.json(), null, 2);
  } catch (error) {
    answer.textContent = 'No answer: ' + error.message;
  }
  answer.removeAttribute('aria-busy');
});

query.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
`;
