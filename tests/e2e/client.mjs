/** The client API of an instance with a person's token: `api("POST", "/api/v1/statuses", {status: "x"})`. */
export function client(origin, token) {
  return async function api(method, path, body, headers = {}) {
    const response = await fetch(origin + path, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      body: body ? JSON.stringify(body) : undefined,
    });
    const json = await response.json();
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${JSON.stringify(json)}`), { response, json });
    return json;
  };
}

/** Makes an account on an instance in development and answers its token. */
export async function account(instance, username, admin = false, password = undefined) {
  const response = await fetch(`${instance.origin}/_dev/account`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-setup-code": instance.setupCode },
    body: JSON.stringify({ username, admin, password }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`account ${username}: ${response.status} ${text}`);
  return JSON.parse(text).token;
}
