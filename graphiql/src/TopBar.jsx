import { SignIn } from './SignIn.jsx';

export function TopBar({ people, links, session }) {
  return (
    <header className="top-bar">
      <h1>
        住房公积金 <small>Housing Provident Fund · GraphQL</small>
      </h1>
      {links.length > 0 && <Links links={links} />}
      {people.length > 0 && <SignIn people={people} session={session} />}
    </header>
  );
}

function Links({ links }) {
  return (
    <nav aria-label="练习核心 / Practice core">
      {links.map(({ text, href }) => (
        <a key={href} href={href} target="_blank" rel="noreferrer">
          {text}
        </a>
      ))}
    </nav>
  );
}
