import { SignIn } from './SignIn.jsx';

export function TopBar({ people, session }) {
  return (
    <header className="top-bar">
      <h1>
        住房公积金 <small>Housing Provident Fund · GraphQL</small>
      </h1>
      {people.length > 0 && <SignIn people={people} session={session} />}
    </header>
  );
}
