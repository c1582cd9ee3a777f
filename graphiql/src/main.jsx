import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './style.css';

import { createRoot } from 'react-dom/client';
import { App } from './App.jsx';
import { fetchJson } from './post.js';

async function start() {
  const root = createRoot(document.getElementById('root'));
  try {
    root.render(<App config={await fetchJson('/graphiql/config.json')} />);
  } catch (error) {
    root.render(<p className="error" role="alert">{error.message}</p>);
  }
}

start();
