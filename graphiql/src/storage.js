// Other GraphiQL pages on the same host and port share one localStorage.
const PREFIX = 'gjj-bff:';

/** localStorage for GraphiQL. Typed headers may hold a token, and its history would keep them. */
export const storage = {
  getItem: (key) => localStorage.getItem(PREFIX + key),
  setItem: (key, value) => localStorage.setItem(PREFIX + key, withoutHeaders(value)),
  removeItem: (key) => localStorage.removeItem(PREFIX + key),
  clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length;
  },
};

export function hasStoredTabs() {
  return storage.getItem('graphiql:tabState') !== null;
}

function ownKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function withoutHeaders(value) {
  if (!value.includes('"headers"')) return value;
  try {
    return JSON.stringify(JSON.parse(value), (key, each) => (key === 'headers' && each ? undefined : each));
  } catch {
    return value;
  }
}
