/** `#as=13800000001` names a person of the configuration; a password is never part of the address. */

function usernameInHash() {
  return new URLSearchParams(window.location.hash.slice(1)).get('as');
}

export function readPerson(people, session) {
  const username = usernameInHash();
  if (username === null) return;
  const person = people.find((each) => each.username === username);
  if (person) session.become(person);
  else session.refuse(`没有可登录的身份 / Nobody to sign in as: ${username}`);
}

// Tokens live in the page's memory only, so a reload signs in afresh as the person in the address.
export function writePerson(person) {
  const hash = person ? `#as=${encodeURIComponent(person.username)}` : window.location.pathname;
  window.history.replaceState(null, '', hash);
}
