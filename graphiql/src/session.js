const SESSION = 'session { accessToken expiresAt refreshToken refreshExpiresAt unlockedUntil }';
const ERRORS = 'userErrors { code field message }';

const SIGN_IN = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${SESSION} ${ERRORS} } }`;
const REFRESH_SESSION = `mutation RefreshSession($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) { ${SESSION} ${ERRORS} }
}`;
const SIGN_OUT = 'mutation SignOut { signOut { userErrors { code } } }';

// A token that ends while the request is under way would be refused on arrival.
const MARGIN_MS = 10_000;

const SIGNED_OUT = { person: null, signedInAs: null, unlockedUntil: null, busy: false, error: '' };

/**
 * Who is signed in. The tokens stay in this object: never in storage, a cookie or the address.
 * Whatever changes them goes one after the other, since a refresh token may be used only once.
 */
export class Session {
  #post;
  #tokens = null;
  #state = SIGNED_OUT;
  #listeners = new Set();
  #turn = Promise.resolve();

  constructor(post) {
    this.#post = post;
  }

  subscribe = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = () => this.#state;

  /** Signs in as `person`, or out when it is null. */
  become(person) {
    this.#show({ person, busy: true, error: '' });
    return this.#inTurn(() => this.#become(person));
  }

  refuse(error) {
    this.#show({ error });
  }

  /** The headers for one request; renews the access token first when it has run out. */
  headers() {
    return this.#inTurn(async () => {
      if (this.#hasExpired()) await this.#refresh();
      return this.#bearer();
    });
  }

  async #become(person) {
    await this.#leave();
    if (!person) return this.#end();
    try {
      this.#keep(await this.#ask('signIn', { query: SIGN_IN, variables: { input: credentials(person) } }));
      this.#show({ person, signedInAs: person, busy: false, error: '' });
    } catch (error) {
      this.#end(`登录失败 / Sign-in failed: ${error.message}`);
    }
  }

  async #leave() {
    if (!this.#tokens) return;
    try {
      await this.#post({ query: SIGN_OUT, headers: this.#bearer() });
    } catch {
      // The tokens are forgotten here whether or not the server heard of it.
    }
    this.#tokens = null;
  }

  async #refresh() {
    const variables = { refreshToken: this.#tokens.refreshToken };
    try {
      this.#keep(await this.#ask('refreshSession', { query: REFRESH_SESSION, variables }));
    } catch (error) {
      if (error instanceof Refused) this.#end(`登录已失效 / The session has ended: ${error.message}`);
      throw error;
    }
  }

  async #ask(field, request) {
    const { data, errors } = await this.#post(request);
    const payload = data?.[field];
    if (payload?.session) return payload.session;
    if (payload) throw new Refused(messages(payload.userErrors));
    throw new Error(messages(errors));
  }

  #keep(tokens) {
    this.#tokens = tokens;
    this.#show({ unlockedUntil: tokens.unlockedUntil });
  }

  #end(error = '') {
    this.#tokens = null;
    this.#show({ ...SIGNED_OUT, error });
  }

  #hasExpired() {
    return this.#tokens !== null && Date.parse(this.#tokens.expiresAt) - MARGIN_MS <= Date.now();
  }

  #bearer() {
    return this.#tokens ? { Authorization: `Bearer ${this.#tokens.accessToken}` } : {};
  }

  #inTurn(work) {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #show(change) {
    this.#state = { ...this.#state, ...change };
    this.#listeners.forEach((listener) => listener());
  }
}

class Refused extends Error {}

function credentials({ username, loginPassword, queryPassword }) {
  return { username, loginPassword, queryPassword };
}

function messages(errors) {
  return errors?.map(({ message }) => message).join('；') || '未返回原因 / no reason given';
}
