import { useEffect, useSyncExternalStore } from 'react';
import { readPerson, writePerson } from './location.js';

const NOBODY = '未登录 / Nobody';

function useSession(session) {
  return useSyncExternalStore(session.subscribe, session.snapshot);
}

function useSignInByLink(people, session) {
  useEffect(() => {
    const follow = () => readPerson(people, session);
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [people, session]);
}

function choose(session, person) {
  writePerson(person);
  session.become(person);
}

export function SignIn({ people, session }) {
  const state = useSession(session);
  useSignInByLink(people, session);
  const find = (username) => people.find((person) => person.username === username) ?? null;
  return (
    <div className="sign-in">
      {state.error && <SignInError text={state.error} />}
      <label>
        登录身份 / Signed in as{' '}
        <select
          data-testid="sign-in-select"
          value={state.person?.username ?? ''}
          onChange={(event) => choose(session, find(event.target.value))}
        >
          <option value="">{NOBODY}</option>
          {people.map(({ name, username, note }) => (
            <option key={username} value={username}>{[name, username, note].filter(Boolean).join(' · ')}</option>
          ))}
        </select>
      </label>
      <SignedInAs state={state} />
      {state.person && (
        <button type="button" data-testid="sign-in-again" onClick={() => choose(session, state.person)}>
          重新登录 / Sign in again
        </button>
      )}
    </div>
  );
}

function SignInError({ text }) {
  return (
    <span className="error" role="alert" data-testid="sign-in-error">
      {text}
    </span>
  );
}

function SignedInAs({ state }) {
  return (
    <output className="signed-in-as" data-testid="signed-in-as" data-username={state.signedInAs?.username ?? ''}>
      {summary(state)}
    </output>
  );
}

function summary({ busy, signedInAs, unlockedUntil }) {
  if (busy) return '请稍候… / One moment…';
  if (!signedInAs) return NOBODY;
  return unlockedUntil
    ? `${signedInAs.name} · 已验证查询密码至 / unlocked until ${clock(unlockedUntil)}`
    : `${signedInAs.name} · 未验证查询密码 / locked`;
}

function clock(instant) {
  return new Date(instant).toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit' });
}
