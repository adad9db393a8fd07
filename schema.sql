-- The whole schema. An empty database is created by running this file; `schema_version` below is its version.
-- All tables are STRICT. Ids are 53-bit integers that sort by time (src/model/id.rs), times are Unix
-- milliseconds, booleans are 0 or 1, lists that are only read with their row are JSON. Every index costs one
-- more row written per insert, so each has a comment that says what it is for.

-- Settings of the installation: one row a key. `schema_version` is written last, by the migrator.
CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What cron counts in advance: accounts, servers, weeks, the directory. A read costs one row.
CREATE TABLE answers (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,                        -- JSON
  counted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was used of the plan's quotas: a row an hour, kept for a month.
CREATE TABLE usage (
  hour INTEGER PRIMARY KEY,                   -- since 1970
  counted TEXT NOT NULL,                      -- JSON: {"inbox.rows_read": 120}, by source and measure
  cron_at INTEGER,                            -- when cron last ran in it
  queue_at INTEGER                            -- when a message of the queue was last taken in it
) STRICT;

-- The domains that accounts of this instance live on.
CREATE TABLE domains (
  id INTEGER PRIMARY KEY,
  handle_domain TEXT NOT NULL UNIQUE,     -- the domain of handles: my.name
  web_origin TEXT NOT NULL,               -- scheme, host and port of ids and pages
  is_primary INTEGER NOT NULL DEFAULT 0,  -- the domain that handles without a domain have
  is_open INTEGER NOT NULL DEFAULT 0,     -- everybody with an account may have an identity on it
  verified_at INTEGER,                    -- when other servers were seen to find its people
  ended_at INTEGER,                       -- given up: nobody is added, and it is no longer ours to others
  created_at INTEGER NOT NULL
) STRICT;

-- Profiles, local and remote.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  domain_id INTEGER REFERENCES domains(id),   -- set for local accounts only
  username TEXT NOT NULL COLLATE NOCASE,
  domain TEXT NOT NULL,                       -- domain of the handle in lower case, local or remote
  actor_type TEXT NOT NULL DEFAULT 'Person',  -- Person, Service, Group, Organization, Application
  uri TEXT NOT NULL UNIQUE,                   -- the actor's id; also finds key ids of the form uri#main-key
  url TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',              -- HTML, sanitised
  note_text TEXT NOT NULL DEFAULT '',         -- local: as typed
  fields TEXT NOT NULL DEFAULT '[]',          -- [{name, value (HTML), text, verified_at}]
  emojis TEXT NOT NULL DEFAULT '[]',          -- [{shortcode, url, static_url}]
  avatar_url TEXT,
  header_url TEXT,
  avatar_description TEXT NOT NULL DEFAULT '',
  header_description TEXT NOT NULL DEFAULT '',
  is_locked INTEGER NOT NULL DEFAULT 0,
  is_discoverable INTEGER NOT NULL DEFAULT 0,
  is_indexable INTEGER NOT NULL DEFAULT 0,
  hides_collections INTEGER NOT NULL DEFAULT 0,
  shows_media INTEGER NOT NULL DEFAULT 1,     -- local: which tabs the profile has
  shows_media_replies INTEGER NOT NULL DEFAULT 1,
  shows_featured INTEGER NOT NULL DEFAULT 1,
  attribution_domains TEXT NOT NULL DEFAULT '[]', -- [domain]: sites that may name this account as their author
  inbox_id INTEGER,                           -- remote: where deliveries go (shared inbox first)
  inbox_url TEXT NOT NULL DEFAULT '',
  shared_inbox_url TEXT,
  outbox_url TEXT,
  followers_url TEXT,
  following_url TEXT,
  featured_url TEXT,
  public_key_id TEXT,                         -- NULL where it is uri#main-key
  public_key BLOB,                            -- SPKI of an RSA key, or 32 bytes of an Ed25519 key
  more_keys TEXT NOT NULL DEFAULT '[]',       -- remote: [[key id, hex as in public_key]]
  also_known_as TEXT NOT NULL DEFAULT '[]',   -- [uri]
  moved_to_id INTEGER,                        -- the successor, known here and confirmed by its also_known_as
  moved_to_uri TEXT,                          -- the successor, as the actor names it
  moved_at INTEGER,                           -- time of the last Move that was applied: the next one must wait; after a move to it, a time that makes it wait a day
  followers_count INTEGER NOT NULL DEFAULT 0,
  following_count INTEGER NOT NULL DEFAULT 0,
  statuses_count INTEGER NOT NULL DEFAULT 0,
  remote_counts TEXT,                         -- [followers, followed, statuses] by its own server: shown where higher
  last_status_at INTEGER,
  created_at INTEGER NOT NULL,
  fetched_at INTEGER,                         -- remote: when the actor document was last read
  posts_looked_at INTEGER,                    -- remote: when its outbox was last read
  updated_at INTEGER,                         -- remote: when the last Update of it that was applied was signed
  suspended_at INTEGER,
  silenced_at INTEGER,                        -- limited: shown to followers only (src/store/limited.rs)
  sensitized_at INTEGER,                      -- all of its media are sensitive
  is_suspended_by_origin INTEGER NOT NULL DEFAULT 0, -- suspended by its own server, which alone can lift it
  domain_blocked_at INTEGER,                  -- remote: time of a domain block; suspended_at or silenced_at of the same time is by it
  rejects_media INTEGER NOT NULL DEFAULT 0,   -- remote: a domain block hides its pictures and files
  deleted_at INTEGER,                         -- local: deleted; the row keeps the name and the key
  is_memorial INTEGER NOT NULL DEFAULT 0,
  is_trendable INTEGER,                       -- staff has said whether its statuses may trend; NULL: nothing
  is_mentioned INTEGER NOT NULL DEFAULT 0,    -- remote: in `mentions` of a status that stays: the number of the last mark
  -- Bytes of the row: rows too long for a page are skipped (src/store/accounts/rows.rs).
  bytes INTEGER AS (octet_length(display_name) + octet_length(note) + octet_length(note_text) + octet_length(fields)
    + octet_length(emojis) + octet_length(attribution_domains) + octet_length(also_known_as) + octet_length(url)
    + ifnull(octet_length(avatar_url), 0) + ifnull(octet_length(header_url), 0)) VIRTUAL,
  UNIQUE (username, domain),
  CONSTRAINT local_account_has_key CHECK (domain_id IS NULL OR public_key IS NOT NULL)
) STRICT;
-- Keys whose id is not uri#main-key (those of GoToSocial have documents of their own).
CREATE INDEX accounts_by_key ON accounts (public_key_id) WHERE public_key_id IS NOT NULL;
-- Remote accounts whose handle is of another domain than their address, of a domain that is blocked: few are in it.
CREATE INDEX accounts_split ON accounts (domain) WHERE domain_id IS NULL AND substr(uri, 9, length(domain) + 1) <> domain || '/';

-- Limited and suspended accounts, for members of staff: one more row for each. The first tells whether an account is limited, too,
-- without reading the row of one that is not (src/store/limited.rs).
CREATE INDEX accounts_silenced ON accounts (id) WHERE silenced_at IS NOT NULL;
-- As above; deleted ones as well.
CREATE INDEX accounts_suspended ON accounts (id) WHERE suspended_at IS NOT NULL;

-- Logins: one for each local account.
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL UNIQUE REFERENCES accounts(id),
  person INTEGER NOT NULL,                    -- the same for all identities of a person: the id of the first; they have one password
  email TEXT UNIQUE COLLATE NOCASE,
  password TEXT NOT NULL,                     -- scheme$iterations$salt$hash, peppered
  role_id INTEGER NOT NULL DEFAULT -99,       -- src/model/role.rs; who has one that is gone is like everybody
  disabled_at INTEGER,                        -- frozen by a moderator: nobody can sign in
  memorial_at INTEGER,                        -- the account is memorial since then; disabled_at of the same time is by it
  locale TEXT NOT NULL DEFAULT 'en',
  default_visibility TEXT NOT NULL DEFAULT 'public',
  default_sensitive INTEGER NOT NULL DEFAULT 0,
  default_language TEXT,
  default_quote_policy TEXT NOT NULL DEFAULT 'public', -- public, followers, nobody
  -- Notification policy: accept, filter or drop (0, 1, 2), as the entity NotificationPolicy names them.
  filters_not_following INTEGER NOT NULL DEFAULT 0,
  filters_not_followers INTEGER NOT NULL DEFAULT 0,
  filters_new_accounts INTEGER NOT NULL DEFAULT 0,
  filters_private_mentions INTEGER NOT NULL DEFAULT 1,
  filters_limited_accounts INTEGER NOT NULL DEFAULT 1,
  filters_bots INTEGER NOT NULL DEFAULT 0,
  look TEXT NOT NULL DEFAULT '',              -- how pages look to the person (model/look.rs); the same for all identities
  zone TEXT NOT NULL DEFAULT '',              -- the person's time zone by its IANA name; '' for UTC
  cleanup TEXT,                               -- which old posts are deleted (model/cleanup.rs); NULL for none
  cleanup_after INTEGER NOT NULL DEFAULT 0,   -- the status that was looked at last
  cleanup_at INTEGER NOT NULL DEFAULT 0,      -- when to go on
  sign_up_address TEXT,                       -- where they signed up from; NULL after thirty days (docs/decisions/0020)
  invite_id INTEGER,                          -- the invitation that they came by
  seen_on INTEGER NOT NULL DEFAULT 0,         -- the last day (since 1970, UTC) on which they were here
  created_at INTEGER NOT NULL
) STRICT;
-- Who has a role: few.
CREATE INDEX users_by_role ON users (role_id) WHERE role_id <> -99;
-- The identities of a person.
CREATE INDEX users_by_person ON users (person);
-- Whose old posts are deleted, by when to go on.
CREATE INDEX users_cleanup ON users (cleanup_at) WHERE cleanup IS NOT NULL;
-- Whose address of the sign-up is still known, to forget it in time.
CREATE INDEX users_signed_up ON users (created_at) WHERE sign_up_address IS NOT NULL;

-- On which days people were here: a row for 32 days. The numbers of people who are active, and who stay, are counted of it.
CREATE TABLE presence (
  block INTEGER NOT NULL,                     -- the day (since 1970, UTC) by 32
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  days INTEGER NOT NULL,                      -- a bit for each of the 32
  PRIMARY KEY (block, user_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the login: a row in 32 days.
CREATE INDEX presence_by_user ON presence (user_id);
CREATE TRIGGER users_seen AFTER UPDATE OF seen_on ON users WHEN NEW.seen_on > OLD.seen_on BEGIN
  INSERT INTO presence (block, user_id, days) VALUES (NEW.seen_on / 32, NEW.id, 1 << (NEW.seen_on % 32))
  ON CONFLICT (block, user_id) DO UPDATE SET days = days | excluded.days;
END;

-- Numbers of a day that cannot be counted later, counted once it has ended.
CREATE TABLE days (
  day INTEGER PRIMARY KEY,                    -- since 1970, UTC
  interactions INTEGER,                       -- favourites, boosts and replies that people here were told of; NULL: too many to count
  servers TEXT                                -- {domain: statuses} of other servers, those with the most; NULL: too many to count
) STRICT;

-- Invitations: links by which somebody signs up.
CREATE TABLE invites (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,                  -- the end of the link
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE, -- who invites
  max_uses INTEGER,                           -- NULL: any number
  uses INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER,                         -- NULL: never
  is_followed INTEGER NOT NULL DEFAULT 0,     -- who comes follows who invites
  skips_approval INTEGER NOT NULL DEFAULT 0,
  comment TEXT NOT NULL DEFAULT '',
  CONSTRAINT invite_has_uses CHECK (max_uses IS NULL OR uses <= max_uses)
) STRICT;
-- The invitations of an account; for deletion with it.
CREATE INDEX invites_by_account ON invites (account_id);

-- Sign-ups that wait, for staff or for their e-mail address to be confirmed. There is no account yet: they are nowhere to be seen.
CREATE TABLE applications (
  id INTEGER PRIMARY KEY,                     -- that of the account, once there is one
  domain_id INTEGER NOT NULL REFERENCES domains(id),
  username TEXT NOT NULL COLLATE NOCASE,
  email TEXT UNIQUE COLLATE NOCASE,
  password TEXT NOT NULL,                     -- as in users
  locale TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',            -- why they want to be here, in their words
  address TEXT NOT NULL,                      -- where they signed up from
  invite_id INTEGER,
  app_id INTEGER,                             -- the client that they signed up with
  is_approved INTEGER NOT NULL,
  is_confirmed INTEGER NOT NULL,              -- the e-mail address is, or need not be
  created_at INTEGER NOT NULL,
  UNIQUE (username, domain_id)
) STRICT;

-- Providers of e-mail whose addresses nobody signs up with, with all their subdomains.
CREATE TABLE email_domain_blocks (
  id INTEGER PRIMARY KEY,
  domain TEXT NOT NULL UNIQUE,                -- A-labels in lower case
  allows_with_approval INTEGER NOT NULL DEFAULT 0 -- one may, but waits for staff
) STRICT;

-- E-mail addresses that nobody signs up with, in whatever spelling.
CREATE TABLE canonical_email_blocks (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE                   -- hex: SHA-256 of the canonical address (model/email.rs)
) STRICT;

-- Networks of which one signs up with approval only, not at all, or may not even ask for a page. All of them are also a setting,
-- which is read with the site.
CREATE TABLE ip_blocks (
  id INTEGER PRIMARY KEY,
  network TEXT NOT NULL UNIQUE,               -- 192.0.2.0/24
  severity TEXT NOT NULL,                     -- sign_up_requires_approval, sign_up_block, no_access
  comment TEXT NOT NULL DEFAULT '',
  expires_at INTEGER
) STRICT;

-- Rules of the operator against spam. All of them are also a setting, which is read with the site (src/model/spam.rs).
CREATE TABLE spam_rules (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,                         -- word, host
  text TEXT NOT NULL,                         -- as it is compared: folded, or a host in A-labels
  is_for_sign_ups INTEGER NOT NULL,
  is_for_posts INTEGER NOT NULL,
  action TEXT NOT NULL,                       -- limit, hold, refuse
  matches INTEGER NOT NULL DEFAULT 0,         -- written once a minute
  last_at INTEGER,
  UNIQUE (kind, text)
) STRICT;

-- Posts of strangers that wait for staff, at most 500: they are stored nowhere else (src/services/held.rs).
CREATE TABLE held (
  id INTEGER PRIMARY KEY,
  uri TEXT NOT NULL UNIQUE,                   -- of the status
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE, -- its author
  host TEXT NOT NULL,                         -- of the author's server
  reason TEXT NOT NULL,                       -- the text of the rule; '' in the quiet mode
  visibility INTEGER NOT NULL,                -- as in statuses
  excerpt TEXT NOT NULL,                      -- how it begins, as plain text
  activity TEXT NOT NULL,                     -- what brought it, to be received again; '' where it is fetched again
  is_edit INTEGER NOT NULL,                   -- a new version of a status that is stored
  is_let_through INTEGER NOT NULL DEFAULT 0,  -- staff has let it through: a job receives it
  expires_at INTEGER NOT NULL
) STRICT;
-- For the limit of each host.
CREATE INDEX held_by_host ON held (host);
-- Those of an author; for deletion with the account.
CREATE INDEX held_by_account ON held (account_id);
-- How many there are is a setting, so that the limit costs one row of a flood's every post.
CREATE TRIGGER held_counted AFTER INSERT ON held BEGIN
  INSERT INTO settings (key, value) VALUES ('held', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT);
END;
CREATE TRIGGER held_uncounted AFTER DELETE ON held BEGIN
  UPDATE settings SET value = CAST(max(CAST(value AS INTEGER) - 1, 0) AS TEXT) WHERE key = 'held';
END;

-- What members of staff did. The triggers refuse every change.
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,                -- who did it: a local account, whose row is never deleted
  action TEXT NOT NULL,
  kind TEXT NOT NULL,                         -- of what: account, report, status, domain_block …
  target_id INTEGER NOT NULL,
  label TEXT NOT NULL,                        -- what it was, for people
  detail TEXT NOT NULL DEFAULT ''
) STRICT;
-- What was done about one target: one more row for each entry, for pages that few read.
CREATE INDEX audit_by_target ON audit_log (target_id);
-- What one member of staff did.
CREATE INDEX audit_by_account ON audit_log (account_id);
CREATE TRIGGER audit_kept BEFORE UPDATE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'the audit log is not changed');
END;
CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit_log WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'the audit log is not changed');
END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'the audit log is not changed');
END;

-- Private keys of local actors, encrypted with SORI_SECRET. Without an account: spare keys, made in advance.
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  account_id INTEGER UNIQUE REFERENCES accounts(id),
  public_key BLOB NOT NULL,                   -- SPKI
  private_key BLOB NOT NULL,                  -- nonce (12 bytes), then PKCS#8 encrypted with AES-256-GCM
  created_at INTEGER NOT NULL
) STRICT;

-- OAuth clients.
CREATE TABLE apps (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  website TEXT,
  redirect_uris TEXT NOT NULL,                -- [uri]
  scopes TEXT NOT NULL,                       -- space separated
  client_id TEXT NOT NULL UNIQUE,
  client_secret_hash BLOB NOT NULL,           -- SHA-256
  created_at INTEGER NOT NULL
) STRICT;

-- Bearer tokens; without a user: a client's own token.
CREATE TABLE access_tokens (
  token_hash BLOB PRIMARY KEY,                -- SHA-256
  id INTEGER NOT NULL,
  app_id INTEGER NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  user_id INTEGER REFERENCES users(id) ON DELETE CASCADE,
  application_id INTEGER REFERENCES applications(id) ON DELETE CASCADE, -- of who waits: their user's, once there is one
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_on INTEGER NOT NULL DEFAULT 0          -- the day (since 1970, UTC) of its last use; written once a day
) STRICT, WITHOUT ROWID;
-- The apps of a person.
CREATE INDEX access_tokens_by_user ON access_tokens (user_id) WHERE user_id IS NOT NULL;
-- The tokens of who waits.
CREATE INDEX access_tokens_by_application ON access_tokens (application_id) WHERE application_id IS NOT NULL;
-- A client's own tokens: the oldest are replaced. And for deletion with the client.
CREATE INDEX access_tokens_by_app ON access_tokens (app_id, user_id, id);

-- Web Push subscriptions: one for each token of an app, and one for each account that is used in a browser.
CREATE TABLE push_subscriptions (
  id INTEGER PRIMARY KEY,                     -- random: apps read it as a number of 32 bits
  token_hash BLOB NOT NULL UNIQUE,            -- of the token, with which it ends; of a browser: src/webpush/subscribe.rs
  series INTEGER,                             -- of a browser's session, with which it ends
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  endpoint TEXT NOT NULL,
  public_key BLOB NOT NULL,                   -- of the receiver: an uncompressed point of P-256
  secrets BLOB NOT NULL,                      -- nonce (12 bytes), then the receiver's secret (16) and the token, encrypted
  is_standard INTEGER NOT NULL,               -- 1: aes128gcm, 0: aesgcm
  alerts TEXT NOT NULL,                       -- types of notifications, each between spaces
  policy TEXT NOT NULL,                       -- all, followed, follower, none
  waits_until INTEGER NOT NULL DEFAULT 0,     -- a message failed: no other one is tried before
  created_at INTEGER NOT NULL
) STRICT;
-- Subscriptions of a receiver; for deletion with the account.
CREATE INDEX push_subscriptions_by_account ON push_subscriptions (account_id);
-- That of a session.
CREATE INDEX push_subscriptions_by_series ON push_subscriptions (series) WHERE series IS NOT NULL;

-- Push messages to be sent: a notification to a subscription. Deleted when sent. Either may be gone by then.
CREATE TABLE pushes (
  id INTEGER PRIMARY KEY,
  notification_id INTEGER NOT NULL,
  subscription_id INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,        -- counted before each
  next_attempt_at INTEGER NOT NULL,
  is_waiting INTEGER NOT NULL DEFAULT 1       -- 0: the invocation that added it sends it, and nobody else until next_attempt_at
) STRICT;
-- Those that wait, by due time: most are sent at once and never are in it.
CREATE INDEX pushes_due ON pushes (next_attempt_at) WHERE is_waiting = 1;

-- OAuth authorization codes: used once, valid for ten minutes.
CREATE TABLE authorization_codes (
  code_hash BLOB PRIMARY KEY,                 -- SHA-256
  app_id INTEGER NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  redirect_uri TEXT NOT NULL,
  scopes TEXT NOT NULL,
  code_challenge TEXT,                        -- S256
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Those of a login: they end with its password.
CREATE INDEX authorization_codes_by_user ON authorization_codes (user_id);

-- Failed attempts at passwords and codes (docs/decisions/0007): a fixed number of rows (store/attempts.rs).
CREATE TABLE attempts (
  place INTEGER PRIMARY KEY,                  -- a keyed hash of the subject that is counted
  subject INTEGER NOT NULL,                   -- more bits of that hash
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT;

-- Browser sessions of the sign-in pages.
CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,                -- SHA-256
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  series INTEGER NOT NULL,                    -- stays when the other two change: tries at the password are counted by it
  browser TEXT NOT NULL DEFAULT '',           -- its kind and system, as it said when it signed in; '' where that is not known
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The sessions of a person.
CREATE INDEX sessions_by_user ON sessions (user_id);
-- Whoever signs in, or uses an app, is here on that day. Pages note it themselves.
CREATE TRIGGER sessions_seen AFTER INSERT ON sessions BEGIN
  UPDATE users SET seen_on = NEW.created_at / 86400000 WHERE id = NEW.user_id AND seen_on < NEW.created_at / 86400000;
END;
CREATE TRIGGER tokens_seen AFTER INSERT ON access_tokens WHEN NEW.user_id IS NOT NULL BEGIN
  UPDATE users SET seen_on = NEW.used_on WHERE id = NEW.user_id AND seen_on < NEW.used_on;
END;
CREATE TRIGGER tokens_used AFTER UPDATE OF used_on ON access_tokens WHEN NEW.user_id IS NOT NULL BEGIN
  UPDATE users SET seen_on = NEW.used_on WHERE id = NEW.user_id AND seen_on < NEW.used_on;
END;

-- Passkeys (WebAuthn) of a person, at most ten (src/services/passkey.rs): each signs in by itself.
CREATE TABLE passkeys (
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL,                    -- users.person; the rows go with their last identity
  credential BLOB NOT NULL UNIQUE,            -- its id, which the authenticator has chosen: at most 1023 bytes
  rp TEXT NOT NULL,                           -- the host that it was made for; browsers offer it there only
  algorithm INTEGER NOT NULL,                 -- of COSE
  public_key BLOB NOT NULL,                   -- as of model::webauthn::PublicKey
  counter INTEGER NOT NULL,                   -- signatures so far; 0 where the authenticator does not count
  challenged_at INTEGER NOT NULL,             -- when the challenge of its last signature was made: none is taken that is not newer
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
-- The passkeys of a person.
CREATE INDEX passkeys_by_person ON passkeys (person);

-- The second step of signing in with a password: the secret of an authenticator app (RFC 6238).
CREATE TABLE second_steps (
  person INTEGER PRIMARY KEY,                 -- users.person; the row goes with their last identity
  secret BLOB NOT NULL,                       -- encrypted (src/services/keys.rs)
  is_on INTEGER NOT NULL DEFAULT 0,           -- by the first code; until then nobody is asked for one
  last_step INTEGER NOT NULL DEFAULT 0,       -- of thirty seconds: codes up to it are used
  created_at INTEGER NOT NULL
) STRICT;

-- Codes that stand in for a code of the app, each once.
CREATE TABLE recovery_codes (
  person INTEGER NOT NULL REFERENCES second_steps(person) ON DELETE CASCADE,
  code_hash BLOB NOT NULL,                    -- with a key of the Worker's secret, since a code has sixty bits only
  PRIMARY KEY (person, code_hash)
) STRICT, WITHOUT ROWID;

-- The last ten sign-ins of a person. No addresses: a browser's name and the time tell its owner as much.
CREATE TABLE sign_ins (
  person INTEGER NOT NULL,                    -- users.person; the rows go with their last identity
  id INTEGER NOT NULL,
  series INTEGER NOT NULL,                    -- of its session, which may have ended
  browser TEXT NOT NULL,                      -- as sessions.browser
  way TEXT NOT NULL,                          -- by which proof: src/model/sign_in.rs
  is_new INTEGER NOT NULL,                    -- the browser was not known, and nobody has said yet that they have seen it
  created_at INTEGER NOT NULL,
  PRIMARY KEY (person, id)
) STRICT, WITHOUT ROWID;
-- What pages tell of: few or none.
CREATE INDEX sign_ins_new ON sign_ins (person) WHERE is_new = 1;

-- Links for another password, made by an operator or for a mail: one for a person, valid for a day, used once.
CREATE TABLE password_resets (
  person INTEGER PRIMARY KEY,                 -- users.person; the row goes with their last identity
  token_hash BLOB NOT NULL UNIQUE,            -- SHA-256
  ends_second_step INTEGER NOT NULL,          -- whoever made it has wished that
  made_by INTEGER,                            -- users.id of a member of staff, who must still be one; NULL for a mail
  expires_at INTEGER NOT NULL
) STRICT;
-- Of a member of staff who has another role.
CREATE INDEX password_resets_by_maker ON password_resets (made_by) WHERE made_by IS NOT NULL;

-- What belongs to a person goes with the last of their identities.
CREATE TRIGGER persons_gone AFTER DELETE ON users WHEN NOT EXISTS (SELECT 1 FROM users WHERE person = OLD.person) BEGIN
  DELETE FROM passkeys WHERE person = OLD.person;
  DELETE FROM second_steps WHERE person = OLD.person;
  DELETE FROM sign_ins WHERE person = OLD.person;
  DELETE FROM password_resets WHERE person = OLD.person;
END;

-- Statuses, local and remote; a boost is a row with reblog_of_id.
CREATE TABLE statuses (
  id INTEGER PRIMARY KEY,
  uri TEXT NOT NULL,                          -- of a boost: the Announce's id
  url TEXT NOT NULL,
  is_derived INTEGER NOT NULL DEFAULT 0,      -- its id follows from its uri, which is found by it (src/store/uris.rs)
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  is_local INTEGER NOT NULL,
  visibility INTEGER NOT NULL,                -- 0 public, 1 unlisted, 2 private, 3 direct
  in_reply_to_id INTEGER REFERENCES statuses(id) ON DELETE SET NULL,
  in_reply_to_account_id INTEGER,
  in_reply_to_uri TEXT,                       -- uri of a parent that is not stored here
  reblog_of_id INTEGER REFERENCES statuses(id) ON DELETE CASCADE,
  conversation TEXT,                          -- uri of the conversation
  content TEXT NOT NULL DEFAULT '',           -- HTML, sanitised
  text TEXT,                                  -- local: as typed
  spoiler_text TEXT NOT NULL DEFAULT '',
  is_sensitive INTEGER NOT NULL DEFAULT 0,
  language TEXT,
  mentions TEXT NOT NULL DEFAULT '[]',        -- [{id, username, acct, url, uri}]
  tags TEXT NOT NULL DEFAULT '[]',            -- [name]
  emojis TEXT NOT NULL DEFAULT '[]',          -- [{shortcode, url, static_url}]
  media TEXT NOT NULL DEFAULT '[]',           -- [{type, url, preview_url, remote_url, description, blurhash, width, height, focus}]
  app_id INTEGER,                             -- the client that published it
  replies_count INTEGER NOT NULL DEFAULT 0,
  reblogs_count INTEGER NOT NULL DEFAULT 0,
  favourites_count INTEGER NOT NULL DEFAULT 0,
  quotes_count INTEGER NOT NULL DEFAULT 0,
  reactions TEXT NOT NULL DEFAULT '{}',       -- {name: [count, url]}: a summary of the table reactions
  quote_of_id INTEGER REFERENCES statuses(id) ON DELETE SET NULL,
  quote_state TEXT,                           -- of a quote: pending, accepted, rejected, revoked, deleted
  quote_policy INTEGER NOT NULL DEFAULT 0,    -- who may quote it: bits of model/quote.rs
  interaction_rules INTEGER NOT NULL DEFAULT 0, -- who may favourite, reply to and boost it: bits of model/interaction.rs
  approval TEXT,                              -- a reply or boost that needs approval: the approval's uri, '' while pending
  quote_uri TEXT,                             -- of a quote: uri of the quoted status, stored here or not
  quote_stamp TEXT,                           -- of a quote: uri of its authorization; verified where accepted
  poll TEXT,                                  -- {options: [[title, votes]], multiple, hides_totals, expires_at, voters, names}
  created_at INTEGER NOT NULL,
  remote_counts TEXT,                         -- [replies, boosts, favourites] by its own server: shown where higher
  thread_looked_at INTEGER,                   -- when its thread was last backfilled
  thread_found INTEGER NOT NULL DEFAULT 0,    -- how many statuses that has stored
  edited_at INTEGER,
  refreshed_at INTEGER,                       -- remote: the newest Update without a visible change
  card_url TEXT,                              -- the link whose preview is shown, if any (cards)
  stored_at INTEGER,                          -- remote: when it came here, where that was more than an hour after created_at
  is_trendable INTEGER,                       -- staff has said whether it may trend; NULL: nothing
  brought_uri TEXT,                           -- local: brought along from another server's archive; its uri there …
  brought_url TEXT,                           -- … and its page there, where that has another address
  -- Bytes of the row: rows too long for a page are skipped (src/store/statuses/rows.rs).
  bytes INTEGER AS (octet_length(content) + octet_length(spoiler_text) + octet_length(mentions) + octet_length(tags)
    + octet_length(emojis) + octet_length(media) + octet_length(reactions) + octet_length(uri) + octet_length(url)
    + ifnull(octet_length(text), 0) + ifnull(octet_length(poll), 0) + ifnull(octet_length(conversation), 0)
    + ifnull(octet_length(card_url), 0) + ifnull(octet_length(brought_uri), 0) + ifnull(octet_length(brought_url), 0)) VIRTUAL
) STRICT;
-- By uri, of those whose id does not follow from it: Mastodon's and ours have no row here.
CREATE UNIQUE INDEX statuses_by_uri ON statuses (uri) WHERE is_derived = 0;
-- Profiles, and the merge plan of home timelines with few authors. The rowid is the last column: newest first
-- without sorting.
CREATE INDEX statuses_by_account ON statuses (account_id);
-- An account's statuses with media, for reads of these only: one more row for each such status.
CREATE INDEX statuses_media ON statuses (account_id) WHERE media <> '[]' AND reblog_of_id IS NULL;
-- Threads.
CREATE INDEX statuses_by_parent ON statuses (in_reply_to_id) WHERE in_reply_to_id IS NOT NULL;
-- Boosts of a status; one boost for each account (of any status).
CREATE UNIQUE INDEX statuses_boost ON statuses (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL;
-- Replies whose parent is not stored yet.
CREATE INDEX statuses_awaiting_parent ON statuses (in_reply_to_uri) WHERE in_reply_to_uri IS NOT NULL;
-- The local timeline.
CREATE INDEX statuses_local ON statuses (id) WHERE is_local = 1 AND visibility = 0 AND reblog_of_id IS NULL;
-- What an account has brought along, each once: one more row for each.
CREATE UNIQUE INDEX statuses_brought ON statuses (account_id, brought_uri) WHERE brought_uri IS NOT NULL;

-- Quotes of a status, newest first.
CREATE INDEX statuses_quotes ON statuses (quote_of_id) WHERE quote_of_id IS NOT NULL;
-- Quotes by authorization, to revoke it.
CREATE INDEX statuses_by_stamp ON statuses (quote_stamp) WHERE quote_stamp IS NOT NULL;
-- Private conversations: what people here have written in one, and the rest, each newest first without sorting.
CREATE INDEX statuses_direct ON statuses (conversation, is_local) WHERE visibility = 3;
-- Direct statuses by a local account, newest first: one more row for each.
CREATE INDEX statuses_direct_own ON statuses (account_id) WHERE visibility = 3 AND is_local = 1;
-- Authorizations that local authors gave to quotes of their statuses (FEP-044f): served while their row
-- exists.
CREATE TABLE quote_stamps (
  id INTEGER PRIMARY KEY,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL,                -- who quotes
  quoting_uri TEXT NOT NULL,
  UNIQUE (status_id, account_id, quoting_uri)
) STRICT;
-- Quotes whose authorization was revoked: they get no other one, whatever becomes of the quoting status.
CREATE TABLE quote_revocations (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  quoting_uri TEXT NOT NULL,
  PRIMARY KEY (status_id, quoting_uri)
) STRICT, WITHOUT ROWID;

-- Polls of local accounts, and polls with votes of local accounts, to be closed.
CREATE TABLE open_polls (
  status_id INTEGER PRIMARY KEY REFERENCES statuses(id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,                -- when to close it: its end, or the next attempt
  attempts INTEGER NOT NULL DEFAULT 0,        -- at closing it, counted before each
  has_news INTEGER NOT NULL DEFAULT 0         -- of a local poll: votes that other servers have not been told of
) STRICT;
-- The next polls to close.
CREATE INDEX open_polls_due ON open_polls (expires_at);
-- Polls with new votes to announce; written once for any number of votes.
CREATE INDEX open_polls_news ON open_polls (has_news) WHERE has_news = 1;

-- Votes in local polls, and votes of local accounts in remote ones.
CREATE TABLE poll_votes (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  choice INTEGER NOT NULL,
  uri TEXT,
  PRIMARY KEY (status_id, account_id, choice)
) STRICT, WITHOUT ROWID;
-- For deletion with the account.
CREATE INDEX poll_votes_by_account ON poll_votes (account_id);

-- Earlier versions of edited statuses; the row of an edit has the version it replaced.
CREATE TABLE status_edits (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,                -- since when that version was current
  content TEXT NOT NULL,
  spoiler_text TEXT NOT NULL,
  is_sensitive INTEGER NOT NULL,
  media TEXT NOT NULL,
  poll TEXT,
  PRIMARY KEY (status_id, created_at)
) STRICT, WITHOUT ROWID;

-- Links in public statuses, for the link timeline and trends.
CREATE TABLE status_links (
  url TEXT NOT NULL,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  PRIMARY KEY (url, status_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the status.
CREATE INDEX status_links_by_status ON status_links (status_id);

-- Previews of linked pages, one a URL, whoever links it (src/cards).
CREATE TABLE cards (
  url TEXT PRIMARY KEY,                       -- as it is in statuses
  card TEXT,                                  -- JSON list (src/store/cards.rs), NULL where the page has none or does not answer
  author_id INTEGER,                          -- the account that the page names as its author; shown if that agrees
  due_at INTEGER NOT NULL                     -- when it is read anew, if somebody looks
) STRICT, WITHOUT ROWID;
-- Pages without a card, to be forgotten when they are due.
CREATE INDEX cards_empty ON cards (due_at) WHERE card IS NULL;

-- Local accounts that a status mentions (remote ones are in statuses.mentions only).
CREATE TABLE mentions (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  is_silent INTEGER NOT NULL DEFAULT 0,       -- addressed without a mention: may see it, is not notified
  is_direct INTEGER NOT NULL DEFAULT 0,       -- the status is a direct one
  PRIMARY KEY (account_id, status_id)
) STRICT, WITHOUT ROWID;
-- Direct statuses to an account, newest first: one more row for each.
CREATE INDEX mentions_direct ON mentions (account_id, status_id) WHERE is_direct = 1;
-- For deletion with the status.
CREATE INDEX mentions_by_status ON mentions (status_id);

-- Hashtags of statuses, normalised.
CREATE TABLE status_tags (
  tag TEXT NOT NULL,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  PRIMARY KEY (tag, status_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the status.
CREATE INDEX status_tags_by_status ON status_tags (status_id);

-- Accepted follows. `id` is the cursor of follower lists.
CREATE TABLE follows (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  uri TEXT NOT NULL,                          -- the Follow's id
  shows_reblogs INTEGER NOT NULL DEFAULT 1,
  is_notifying INTEGER NOT NULL DEFAULT 0,
  languages TEXT,                             -- [code], NULL for all
  signed_at INTEGER NOT NULL DEFAULT 0,       -- remote: when the newest Follow was signed (src/store/tombstones.rs)
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- Followers of an account, newest first; delivery audiences.
CREATE INDEX follows_by_target ON follows (target_id, id);

-- The accounts that an account follows, newest first, for public reads: one more row for each follow.
CREATE INDEX follows_by_account ON follows (account_id, id);

-- Followers who want a notification of each new status.
CREATE INDEX follows_notifying ON follows (target_id) WHERE is_notifying = 1;

-- Follow requests sent, waiting for the target's answer.
CREATE TABLE follow_requests (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  uri TEXT NOT NULL,
  shows_reblogs INTEGER NOT NULL DEFAULT 1,
  is_notifying INTEGER NOT NULL DEFAULT 0,
  languages TEXT,
  signed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- Follow requests received, waiting for an answer.
CREATE INDEX follow_requests_by_target ON follow_requests (target_id, id);

CREATE TABLE favourites (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,                        -- the cursor of lists
  uri TEXT NOT NULL,                          -- the Like's id
  signed_at INTEGER NOT NULL DEFAULT 0,       -- remote: when the newest Like was signed
  PRIMARY KEY (status_id, account_id)
) STRICT, WITHOUT ROWID;
-- An account's favourites, newest first; deletion with the account.
CREATE INDEX favourites_by_account ON favourites (account_id, id);

-- Emoji reactions, several for each account and status.
CREATE TABLE reactions (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  name TEXT NOT NULL,                         -- an emoji, or the shortcode of a custom one, with @domain for those of other servers
  url TEXT,                                   -- of a custom emoji
  id INTEGER NOT NULL,                        -- also the id of its notification
  uri TEXT NOT NULL,                          -- the EmojiReact's or Like's id
  signed_at INTEGER NOT NULL DEFAULT 0,       -- remote: when the newest one was signed
  PRIMARY KEY (status_id, account_id, name)
) STRICT, WITHOUT ROWID;
-- For deletion with the account, and for Undo by uri.
CREATE INDEX reactions_by_account ON reactions (account_id, id);

-- Blocks between accounts.
CREATE TABLE blocks (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  uri TEXT NOT NULL,
  signed_at INTEGER NOT NULL DEFAULT 0,       -- remote: when the newest Block was signed
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the account.
CREATE INDEX blocks_by_target ON blocks (target_id);

-- Mutes.
CREATE TABLE mutes (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  hides_notifications INTEGER NOT NULL DEFAULT 1,
  expires_at INTEGER,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the account.
CREATE INDEX mutes_by_target ON mutes (target_id);
-- Mutes with an end time.
CREATE INDEX mutes_due ON mutes (expires_at) WHERE expires_at IS NOT NULL;

-- Threads whose notifications an account has muted.
CREATE TABLE thread_mutes (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  conversation TEXT NOT NULL,
  PRIMARY KEY (account_id, conversation)
) STRICT, WITHOUT ROWID;

-- Domains blocked by an account.
CREATE TABLE account_domain_blocks (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  domain TEXT NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, domain)
) STRICT, WITHOUT ROWID;

-- Bookmarks.
CREATE TABLE bookmarks (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,                        -- the cursor of the list
  PRIMARY KEY (account_id, status_id)
) STRICT, WITHOUT ROWID;
-- An account's bookmarks, newest first.
CREATE INDEX bookmarks_by_account ON bookmarks (account_id, id);
-- For deletion with the status.
CREATE INDEX bookmarks_by_status ON bookmarks (status_id);

-- Statuses pinned to profiles.
CREATE TABLE pins (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, status_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the status.
CREATE INDEX pins_by_status ON pins (status_id);

-- Private notes of an account about another.
CREATE TABLE account_notes (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  comment TEXT NOT NULL,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the account.
CREATE INDEX account_notes_by_target ON account_notes (target_id);

-- Endorsements: accounts shown on a profile.
CREATE TABLE endorsements (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the account.
CREATE INDEX endorsements_by_target ON endorsements (target_id);
-- An account's endorsements, newest first, for public reads.
CREATE INDEX endorsements_by_account ON endorsements (account_id, id);

-- Featured hashtags of a profile, with the number of the account's statuses for each.
CREATE TABLE featured_tags (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  id INTEGER NOT NULL,
  statuses_count INTEGER NOT NULL DEFAULT 0,
  last_status_at INTEGER,
  PRIMARY KEY (account_id, tag)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER featured_counted AFTER INSERT ON status_tags BEGIN
  UPDATE featured_tags SET statuses_count = statuses_count + 1,
    last_status_at = max(coalesce(last_status_at, 0), (SELECT created_at FROM statuses WHERE id = NEW.status_id))
  WHERE tag = NEW.tag AND account_id = (SELECT account_id FROM statuses WHERE id = NEW.status_id AND is_local = 1);
END;
-- For edits that drop the hashtag; when the status is deleted, its row here is deleted before.
CREATE TRIGGER featured_uncounted AFTER DELETE ON status_tags BEGIN
  UPDATE featured_tags SET statuses_count = max(statuses_count - 1, 0)
  WHERE tag = OLD.tag AND account_id = (SELECT account_id FROM statuses WHERE id = OLD.status_id AND is_local = 1);
END;
CREATE TRIGGER featured_lost AFTER DELETE ON statuses WHEN OLD.is_local = 1 AND OLD.visibility <= 1 AND OLD.tags <> '[]' BEGIN
  UPDATE featured_tags SET statuses_count = max(statuses_count - 1, 0)
  WHERE account_id = OLD.account_id AND tag IN (SELECT value FROM json_each(OLD.tags));
END;

-- Followed hashtags: their public statuses are on the follower's home timeline.
CREATE TABLE tag_follows (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, tag)
) STRICT, WITHOUT ROWID;

-- Dismissed suggestions.
CREATE TABLE dismissed_suggestions (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the account.
CREATE INDEX dismissed_suggestions_by_target ON dismissed_suggestions (target_id);

-- Lists.
CREATE TABLE lists (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  replies_policy TEXT NOT NULL DEFAULT 'list', -- followed, list, none: whose replies are shown
  is_exclusive INTEGER NOT NULL DEFAULT 0,     -- its members leave the home timeline
  feed_key TEXT,                               -- the end of its address, where it is public as a feed
  feed_ids TEXT NOT NULL DEFAULT '[]',         -- [status id] of the feed, as they were found …
  feed_at INTEGER NOT NULL DEFAULT 0           -- … then
) STRICT;
-- By the address of a feed.
CREATE UNIQUE INDEX lists_by_feed ON lists (feed_key) WHERE feed_key IS NOT NULL;
-- An account's lists.
CREATE INDEX lists_by_account ON lists (account_id);

-- Members of lists.
CREATE TABLE list_accounts (
  list_id INTEGER NOT NULL REFERENCES lists(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  PRIMARY KEY (list_id, target_id)
) STRICT, WITHOUT ROWID;
-- The lists that contain an account.
CREATE INDEX list_accounts_by_target ON list_accounts (target_id);
-- Unfollowing removes an account from lists and endorsements, as on Mastodon: both are of followed accounts.
CREATE TRIGGER follows_unlisted AFTER DELETE ON follows BEGIN
  DELETE FROM list_accounts WHERE target_id = OLD.target_id
  AND list_id IN (SELECT id FROM lists WHERE account_id = OLD.account_id);
  DELETE FROM endorsements WHERE account_id = OLD.account_id AND target_id = OLD.target_id;
END;

-- Filters: hide or warn by keywords and by single statuses.
CREATE TABLE filters (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  contexts TEXT NOT NULL,                     -- [home, notifications, public, thread, account]
  action TEXT NOT NULL DEFAULT 'warn',        -- warn, hide, blur
  expires_at INTEGER,
  keywords TEXT NOT NULL DEFAULT '[]',        -- [[id, keyword, whole word]]
  statuses TEXT NOT NULL DEFAULT '[]'         -- [[id, status id]]
) STRICT;
-- An account's filters.
CREATE INDEX filters_by_account ON filters (account_id);
-- Filters with single statuses, which stay.
CREATE INDEX filters_of_statuses ON filters (id) WHERE statuses <> '[]';

-- Scheduled statuses.
CREATE TABLE scheduled_statuses (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  scheduled_at INTEGER NOT NULL,
  params TEXT NOT NULL,                       -- the draft as JSON (services/schedule.rs)
  attempts INTEGER NOT NULL DEFAULT 0         -- counted before each
) STRICT;
-- An account's scheduled statuses.
CREATE INDEX scheduled_by_account ON scheduled_statuses (account_id);
-- The next to publish.
CREATE INDEX scheduled_due ON scheduled_statuses (scheduled_at);

-- Private conversations: one row for each participant, with the newest status.
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  conversation TEXT NOT NULL,
  last_status_id INTEGER NOT NULL,
  is_unread INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account_id, conversation)
) STRICT;
-- An account's conversations, newest first.
CREATE INDEX conversations_by_account ON conversations (account_id, last_status_id);
CREATE TRIGGER conversations_written AFTER INSERT ON statuses
WHEN NEW.visibility = 3 AND NEW.is_local = 1 AND NEW.conversation IS NOT NULL BEGIN
  INSERT INTO conversations (id, account_id, conversation, last_status_id, is_unread)
  VALUES (NEW.id, NEW.account_id, NEW.conversation, NEW.id, 0)
  ON CONFLICT (account_id, conversation) DO UPDATE SET last_status_id = max(last_status_id, excluded.last_status_id), is_unread = 0;
END;
CREATE TRIGGER conversations_received AFTER INSERT ON mentions
WHEN EXISTS (SELECT 1 FROM statuses s WHERE s.id = NEW.status_id AND s.visibility = 3 AND s.account_id <> NEW.account_id AND s.conversation IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = NEW.account_id)) BEGIN
  INSERT INTO conversations (id, account_id, conversation, last_status_id, is_unread)
  SELECT s.id + 1 + NEW.account_id % 4093, NEW.account_id, s.conversation, s.id, 1 FROM statuses s WHERE s.id = NEW.status_id
  ON CONFLICT (account_id, conversation) DO UPDATE SET last_status_id = max(last_status_id, excluded.last_status_id), is_unread = 1;
END;
-- Whose last status is deleted now show the newest that they may see, of the newest hundred of people here and the newest
-- hundred of others: who deletes one status after another of a long conversation must not cause reads of all of it each time.
CREATE TRIGGER conversations_shortened AFTER DELETE ON statuses WHEN OLD.visibility = 3 BEGIN
  UPDATE conversations SET last_status_id = coalesce((SELECT max(s.id) FROM (
    SELECT * FROM (SELECT id, account_id FROM statuses INDEXED BY statuses_direct WHERE visibility = 3
      AND conversation = OLD.conversation AND is_local = 0 ORDER BY id DESC LIMIT 100)
    UNION ALL SELECT * FROM (SELECT id, account_id FROM statuses INDEXED BY statuses_direct WHERE visibility = 3
      AND conversation = OLD.conversation AND is_local = 1 ORDER BY id DESC LIMIT 100)) s
    WHERE s.account_id = conversations.account_id
    OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = conversations.account_id AND m.status_id = s.id)), 0)
  WHERE conversation = OLD.conversation AND last_status_id = OLD.id;
  DELETE FROM conversations WHERE last_status_id = 0 AND conversation = OLD.conversation;
END;
-- Whose last status is by somebody who blocks the participant now show the newest that is visible: the newest hundred.
CREATE TRIGGER conversations_blocked AFTER INSERT ON blocks BEGIN
  UPDATE conversations SET last_status_id = coalesce((SELECT max(s.id) FROM statuses s WHERE s.visibility = 3
    AND s.conversation = conversations.conversation AND (s.account_id = conversations.account_id
    OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = conversations.account_id AND m.status_id = s.id))
    AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = conversations.account_id)), last_status_id)
  WHERE id IN (SELECT c.id FROM (SELECT id, last_status_id FROM conversations WHERE account_id = NEW.target_id
    ORDER BY last_status_id DESC LIMIT 100) c CROSS JOIN statuses l ON l.id = c.last_status_id AND l.account_id = NEW.account_id);
END;
-- By last status, for its deletion.
CREATE INDEX conversations_by_conversation ON conversations (conversation);

-- Announcements by the operator.
CREATE TABLE announcements (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL DEFAULT '',              -- as typed
  content TEXT NOT NULL,                      -- HTML
  starts_at INTEGER,
  ends_at INTEGER,                            -- of whole days: the beginning of the last one
  is_all_day INTEGER NOT NULL DEFAULT 0,
  published_at INTEGER,                       -- NULL: a draft; it is seen from a later time on
  updated_at INTEGER NOT NULL
) STRICT;

-- Which accounts have read which.
CREATE TABLE announcement_reads (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  announcement_id INTEGER NOT NULL REFERENCES announcements(id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, announcement_id)
) STRICT, WITHOUT ROWID;

-- Reactions to announcements.
CREATE TABLE announcement_reactions (
  announcement_id INTEGER NOT NULL REFERENCES announcements(id) ON DELETE CASCADE,
  name TEXT NOT NULL,                         -- an emoji, or a custom emoji's shortcode
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (announcement_id, name, account_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the account.
CREATE INDEX announcement_reactions_by_account ON announcement_reactions (account_id);

-- Uploaded files. What is unused for a day is deleted, with everything that is stored under its keys.
CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,                -- no reference: files of deleted accounts are deleted later; 0 for the instance's own
  purpose TEXT NOT NULL,                      -- attachment, archive (an attachment brought along), avatar, header, emoji, takeout
  owner_id INTEGER,                           -- the status, scheduled status, account or takeout that uses it
  unused_since INTEGER,                       -- NULL while it is used
  keys TEXT NOT NULL,                         -- [key] of what is stored
  file TEXT NOT NULL DEFAULT '',              -- store/media.rs; empty while it is received
  description TEXT,
  focus TEXT                                  -- [x, y]
) STRICT;
-- For the sweep.
CREATE INDEX media_unused ON media (unused_since) WHERE unused_since IS NOT NULL;
-- By what uses them, for its deletion.
CREATE INDEX media_owner ON media (owner_id) WHERE owner_id IS NOT NULL;
-- For the limit of uploads, and the deletion of an account.
CREATE INDEX media_account ON media (account_id);
-- Two statuses published at once cannot use one file.
CREATE TRIGGER media_used_once BEFORE UPDATE OF owner_id ON media
WHEN OLD.owner_id IS NOT NULL AND NEW.owner_id IS NOT NULL AND NEW.owner_id <> OLD.owner_id BEGIN
  SELECT RAISE(ABORT, 'UNIQUE constraint failed: media.owner_id');
END;

-- Custom emojis of the instance.
CREATE TABLE custom_emojis (
  shortcode TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  static_url TEXT NOT NULL,
  category TEXT,
  is_visible INTEGER NOT NULL DEFAULT 1,      -- shown in pickers
  media_id INTEGER,                           -- the row of its file
  updated_at INTEGER NOT NULL DEFAULT 0       -- when its picture was stored
) STRICT, WITHOUT ROWID;

-- Rules of the instance, in order.
CREATE TABLE rules (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  position INTEGER NOT NULL DEFAULT 0,        -- their order; with the same one, that of their ids
  hint TEXT NOT NULL DEFAULT '',
  translations TEXT NOT NULL DEFAULT '{}'     -- {language: {text, hint}}
) STRICT;

-- Versions of the terms of service and of the privacy policy, and a draft of each.
CREATE TABLE site_texts (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,                         -- terms_of_service, privacy_policy
  text TEXT NOT NULL,                         -- as typed
  changes TEXT NOT NULL DEFAULT '',           -- what is new, for those who are told of it
  effective_at INTEGER                        -- the midnight (UTC) from which it holds; NULL for the draft
) STRICT;
-- The one that holds, and that of a day, of which there is one.
CREATE UNIQUE INDEX site_texts_by_day ON site_texts (kind, effective_at) WHERE effective_at IS NOT NULL;
-- The draft, of which there is one.
CREATE UNIQUE INDEX site_texts_drafts ON site_texts (kind) WHERE effective_at IS NULL;

-- Collections of accounts (Mastodon 4.6).
CREATE TABLE collections (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  language TEXT,
  is_sensitive INTEGER NOT NULL DEFAULT 0,
  is_discoverable INTEGER NOT NULL DEFAULT 1,
  tag TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
-- An account's collections.
CREATE INDEX collections_by_account ON collections (account_id);

-- Members of collections.
CREATE TABLE collection_items (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  state TEXT NOT NULL,                        -- pending, accepted, rejected, revoked
  created_at INTEGER NOT NULL,
  UNIQUE (collection_id, target_id)
) STRICT;
-- The collections that contain an account.
CREATE INDEX collection_items_by_target ON collection_items (target_id);
-- A block removes each of the two from the collections of the other. What a member has revoked stays.
CREATE TRIGGER blocks_uncollected AFTER INSERT ON blocks BEGIN
  DELETE FROM collection_items WHERE target_id = NEW.account_id AND state = 'accepted'
  AND collection_id IN (SELECT id FROM collections WHERE account_id = NEW.target_id);
  DELETE FROM collection_items WHERE target_id = NEW.target_id AND state = 'accepted'
  AND collection_id IN (SELECT id FROM collections WHERE account_id = NEW.account_id);
END;

-- Trends, computed by cron: one row for each item. Those that staff has refused, or that wait for staff, are among them.
CREATE TABLE trends (
  kind TEXT NOT NULL,                         -- tag, status, link
  key TEXT NOT NULL,                          -- the tag, the status's id, the url
  rank INTEGER NOT NULL,
  decision INTEGER,                           -- of staff, about it or whom it is by: 1 may trend, 0 may not, NULL nobody has decided
  week TEXT NOT NULL DEFAULT '[]',            -- of a tag or link: [[day, statuses, accounts]]
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- Hashtags that staff has decided about.
CREATE TABLE tags (
  name TEXT PRIMARY KEY,                      -- normalised
  display_name TEXT,                          -- the same in other letters: how it is shown
  is_usable INTEGER NOT NULL DEFAULT 1,       -- 0: people here cannot post with it, and it has no timeline
  is_listable INTEGER NOT NULL DEFAULT 1,     -- 0: it is not found and not suggested
  is_trendable INTEGER,                       -- whether it may trend; NULL: nothing is said
  reviewed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Those that are not shown everywhere, which are read with the site: few.
CREATE INDEX tags_restricted ON tags (name) WHERE is_usable = 0 OR is_listable = 0;

-- What staff has said about links that trend, and about the sites that they lead to. (About statuses and accounts it is in their rows.)
CREATE TABLE trend_reviews (
  kind TEXT NOT NULL,                         -- link, publisher
  key TEXT NOT NULL,                          -- the url; the host, with its subdomains
  is_trendable INTEGER NOT NULL,
  reviewed_at INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- Notifications of local accounts.
CREATE TABLE notifications (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  is_filtered INTEGER NOT NULL DEFAULT 0,     -- filtered by the account's policy: listed in notification_requests
  type TEXT NOT NULL,                         -- model/notification.rs
  from_account_id INTEGER NOT NULL,           -- without REFERENCES accounts(id): triggers delete with it
  status_id INTEGER,                          -- the status; without REFERENCES statuses(id): triggers delete with it
  report_id INTEGER,                          -- the report or the strike, by the type; without it the notification is left out
  collection_id INTEGER REFERENCES collections(id) ON DELETE CASCADE -- of those that tell of a collection
) STRICT;
-- For deletion with the account. Those of favourites and boosts go with these, and are spared the row: they are most.
CREATE INDEX notifications_by_sender ON notifications (from_account_id) WHERE type NOT IN ('favourite', 'reblog');
-- An account's notifications, ordered by rowid.
CREATE INDEX notifications_by_account ON notifications (account_id);
-- For withdrawal with the status or the interaction. That of a favourite is found by its id.
CREATE INDEX notifications_by_status ON notifications (status_id, from_account_id) WHERE status_id IS NOT NULL AND type <> 'favourite';
-- For withdrawal with the collection; only notifications of collections are in it.
CREATE INDEX notifications_by_collection ON notifications (collection_id) WHERE collection_id IS NOT NULL;

-- Whatever statement deletes an account, a status, a favourite or a boost, its notifications go along. A favourite has the id of
-- its notification.
CREATE TRIGGER notifications_lost AFTER DELETE ON accounts BEGIN
  DELETE FROM notifications WHERE from_account_id = OLD.id AND type NOT IN ('favourite', 'reblog');
END;
CREATE TRIGGER favourites_withdrawn AFTER DELETE ON favourites BEGIN
  DELETE FROM notifications WHERE id = OLD.id AND type = 'favourite' AND status_id = OLD.status_id AND from_account_id = OLD.account_id;
END;
CREATE TRIGGER reblogs_withdrawn AFTER DELETE ON statuses WHEN OLD.reblog_of_id IS NOT NULL BEGIN
  DELETE FROM notifications WHERE status_id = OLD.reblog_of_id AND from_account_id = OLD.account_id AND type = 'reblog' AND type <> 'favourite';
END;
CREATE TRIGGER statuses_untold AFTER DELETE ON statuses BEGIN
  DELETE FROM notifications WHERE status_id = OLD.id AND type <> 'favourite';
END;

-- Read markers.
CREATE TABLE markers (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  timeline TEXT NOT NULL,                     -- home, notifications
  last_read_id INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, timeline)
) STRICT, WITHOUT ROWID;

-- Idempotency-Key of POST /api/v1/statuses, kept an hour.
CREATE TABLE idempotency_keys (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  status_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;

-- What was deleted or undone, so that late activities about it are ignored (src/store/tombstones.rs).
CREATE TABLE tombstones (
  uri TEXT NOT NULL,                          -- or of a relation: follow, block, like or react, and with whom or what
  account_id INTEGER NOT NULL,                -- whose activity stored it; only late activities of that account are refused
  created_at INTEGER NOT NULL,                -- Follows, Blocks, Likes and reactions that were signed before are refused
  is_ahead INTEGER NOT NULL DEFAULT 0,        -- an Undo that arrived before what it undoes
  PRIMARY KEY (uri, account_id)
) STRICT, WITHOUT ROWID;

-- The newest Undos and Deletes by an actor whom nobody here follows that arrived before what they are about.
CREATE TABLE early_undos (
  account_id INTEGER PRIMARY KEY REFERENCES accounts(id) ON DELETE CASCADE,
  uris TEXT NOT NULL,                         -- [uri], oldest first
  updated_at INTEGER NOT NULL
) STRICT;

-- Other servers, by domain: their signature scheme and whether they can be reached.
CREATE TABLE instances (
  domain TEXT PRIMARY KEY,
  signature_spec TEXT NOT NULL DEFAULT 'cavage',    -- cavage or rfc9421: which signature scheme it accepted
  failing_since INTEGER,                            -- first failure since the last success
  last_failure_at INTEGER,
  is_delivery_suspended INTEGER NOT NULL DEFAULT 0, -- suspended after days of failures: one attempt a day until it sends a signed request
  circuit_open_until INTEGER                        -- it did not answer, or sent Retry-After: no attempt before
) STRICT, WITHOUT ROWID;

-- Domains blocked by the operator or by lists, with all their subdomains.
CREATE TABLE domain_blocks (
  id INTEGER PRIMARY KEY,
  domain TEXT NOT NULL UNIQUE,                -- A-labels in lower case
  severity TEXT NOT NULL,                     -- suspend, silence or noop (model/domain_block.rs); names are compared as text
  rejects_media INTEGER NOT NULL DEFAULT 0,
  rejects_reports INTEGER NOT NULL DEFAULT 0,
  is_obfuscated INTEGER NOT NULL DEFAULT 0,   -- the public list hides a part of the name
  comment TEXT NOT NULL DEFAULT '',           -- public
  private_comment TEXT NOT NULL DEFAULT '',   -- for staff
  is_from_lists INTEGER NOT NULL DEFAULT 0,   -- subscriptions brought it, and take it away
  created_at INTEGER NOT NULL                 -- also the time of the suspensions that it causes
) STRICT;

-- Domains that may federate while the setting `allow_list` is there, with all their subdomains.
CREATE TABLE domain_allows (
  id INTEGER PRIMARY KEY,
  domain TEXT NOT NULL UNIQUE,                -- A-labels in lower case
  created_at INTEGER NOT NULL
) STRICT;

-- Hosts whose accounts and inboxes are to be brought in line with the blocks, by a job in steps.
CREATE TABLE host_checks (
  host TEXT PRIMARY KEY,                      -- as in the accounts' uris; after an @ a domain of handles
  after TEXT NOT NULL DEFAULT ''              -- the uri of the last account that was looked at
) STRICT, WITHOUT ROWID;

-- Lists of domains that are subscribed to, or a file that is being imported.
CREATE TABLE blocklists (
  id INTEGER PRIMARY KEY,
  url TEXT UNIQUE,                            -- NULL for a file
  name TEXT NOT NULL,
  max_severity TEXT NOT NULL,                 -- what it names is blocked at most so
  state TEXT NOT NULL,                        -- active, dropped; a file: preview, taken
  entries INTEGER NOT NULL DEFAULT 0,         -- how many domains it names
  unreadable INTEGER NOT NULL DEFAULT 0,      -- lines that name none
  etag TEXT NOT NULL DEFAULT '',
  next_at INTEGER NOT NULL,                   -- when it is fetched again
  refreshed_at INTEGER,                       -- when it was last read
  error TEXT NOT NULL DEFAULT ''              -- why the last attempt failed, as a word for the page
) STRICT;

-- What lists name, some hundred domains a row: a domain is in the bucket of its hash.
CREATE TABLE blocklist_chunks (
  bucket INTEGER NOT NULL,
  list_id INTEGER NOT NULL REFERENCES blocklists(id) ON DELETE CASCADE,
  entries TEXT NOT NULL,                      -- lines of model/blocklist.rs, as they are applied
  next TEXT,                                  -- what takes their place, until a job has applied it
  PRIMARY KEY (bucket, list_id)
) STRICT, WITHOUT ROWID;
-- What is to be applied: few rows, and none for long.
CREATE INDEX blocklist_chunks_due ON blocklist_chunks (bucket) WHERE next IS NOT NULL;

-- Domains that lists would suspend, but people here have follows with them: the operator decides.
CREATE TABLE blocklist_waiting (
  domain TEXT PRIMARY KEY,
  is_confirmed INTEGER NOT NULL DEFAULT 0,    -- the operator has said yes
  following INTEGER NOT NULL,                 -- follows by people here, when it was found, and …
  followers INTEGER NOT NULL,                 -- … of people here
  found_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Follows that a suspension or a block has ended, for the person who had them. The notification has the same id.
CREATE TABLE severances (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,                         -- domain_block, account_suspension, user_domain_block
  target_name TEXT NOT NULL,                  -- the domain, or name@domain
  event_at INTEGER NOT NULL,                  -- what ended them: what is found in several steps is one row
  following TEXT NOT NULL DEFAULT '',         -- lines of CSV: address, boosts, notify, languages
  followers TEXT NOT NULL DEFAULT '',         -- lines: address
  following_count INTEGER NOT NULL DEFAULT 0,
  followers_count INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account_id, kind, target_name, event_at)
) STRICT;

-- Rows that the activities of other servers have written on a day (model/budget.rs).
CREATE TABLE budgets (
  subject TEXT PRIMARY KEY,                   -- an actor's id, a registered domain, or '' for all strangers; what else is counted has a word before
  day INTEGER NOT NULL,                       -- days since 1970 (UTC)
  written INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Known hosts below a registrable domain, to limit hosts with wildcard DNS.
CREATE TABLE seen_servers (
  parent TEXT NOT NULL,
  domain TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (parent, domain)
) STRICT, WITHOUT ROWID;

-- Inboxes to deliver to: shared ones, and personal ones where a server has none.
CREATE TABLE inboxes (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  domain TEXT NOT NULL,
  is_blocked INTEGER NOT NULL DEFAULT 0       -- the operator suspends its server: nothing is sent
) STRICT;
-- For inboxes of a host, when it recovers.
CREATE INDEX inboxes_by_domain ON inboxes (domain);

-- Inboxes without a follower of a local account any more: they have its statuses until that day, and get the
-- Deletes of those.
CREATE TABLE past_inboxes (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  inbox_id INTEGER NOT NULL REFERENCES inboxes(id) ON DELETE CASCADE,
  until_status_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, inbox_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER follows_left AFTER DELETE ON follows
WHEN EXISTS (SELECT 1 FROM accounts t WHERE t.id = OLD.target_id AND t.domain_id IS NOT NULL) BEGIN
  INSERT INTO past_inboxes (account_id, inbox_id, until_status_id)
  SELECT OLD.target_id, a.inbox_id, s.id FROM accounts a
  JOIN statuses s ON s.id = (SELECT max(id) FROM statuses WHERE account_id = OLD.target_id)
  WHERE a.id = OLD.account_id AND a.inbox_id IS NOT NULL
  ON CONFLICT (account_id, inbox_id) DO UPDATE SET until_status_id = excluded.until_status_id;
END;

-- Relays: public statuses are sent to them, and what they announce is fetched.
CREATE TABLE relays (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL UNIQUE,               -- as the operator gave it: an inbox (Mastodon's form), or an actor (LitePub's)
  inbox_id INTEGER REFERENCES inboxes(id),    -- NULL while the actor is looked up
  domain TEXT NOT NULL,                       -- host of the inbox; answers must come from there
  actor_uri TEXT,                             -- the actor that announces
  follow_uri TEXT NOT NULL,                   -- our Follow
  state TEXT NOT NULL                         -- pending, accepted, rejected
) STRICT;

-- Reports by local accounts and by other servers.
CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,  -- the reporter
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  uri TEXT UNIQUE,                            -- of a remote one: the Flag's id, and the reported account
  comment TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL DEFAULT 'other',     -- spam, legal, violation, other
  status_ids TEXT NOT NULL DEFAULT '[]',      -- [id]
  rule_ids TEXT NOT NULL DEFAULT '[]',        -- [id]
  is_forwarded INTEGER NOT NULL DEFAULT 0,
  action_taken_at INTEGER,
  assigned_id INTEGER,                        -- who looks after it: a local account, as the next one
  action_taken_by INTEGER                     -- who resolved it
) STRICT;
-- Open reports, newest first: one more row for each while it is open.
CREATE INDEX reports_open ON reports (id) WHERE action_taken_at IS NULL;
-- How many an account has made about another; for deletion with the account.
CREATE INDEX reports_by_account ON reports (account_id, target_id);
-- Reports about an account; for deletion with the account.
CREATE INDEX reports_by_target ON reports (target_id);
-- Reports that were resolved, by when: how many, for the numbers of staff. One more row for each.
CREATE INDEX reports_resolved ON reports (action_taken_at) WHERE action_taken_at IS NOT NULL;

-- What members of staff did to accounts, and the appeals against it (model/strike.rs).
CREATE TABLE strikes (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,                -- who did it: a local account, whose row is never deleted
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  action TEXT NOT NULL,
  text TEXT NOT NULL DEFAULT '',              -- to the person
  status_ids TEXT NOT NULL DEFAULT '[]',      -- [id]
  report_id INTEGER,
  overruled_at INTEGER,
  appeal TEXT,                                -- of the person
  appealed_at INTEGER,
  appeal_state TEXT                           -- pending, approved, rejected
) STRICT;
-- The strikes of an account, newest first; for deletion with it.
CREATE INDEX strikes_by_target ON strikes (target_id);
-- Appeals that wait.
CREATE INDEX strikes_appealed ON strikes (id) WHERE appeal_state = 'pending';

-- Texts of warnings that staff keeps to choose from.
CREATE TABLE warning_presets (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL
) STRICT;

-- Notes of members of staff.
CREATE TABLE moderation_notes (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,                -- who wrote it: a local account
  subject_id INTEGER NOT NULL,                -- the account or report
  content TEXT NOT NULL
) STRICT;
-- The notes about one.
CREATE INDEX moderation_notes_by_subject ON moderation_notes (subject_id);

-- Transactional outbox: activities whose delivery is not finished. The row is deleted when it is.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,                -- the account that signs: a local one, whose row is never deleted
  event TEXT NOT NULL,                        -- the event (model/event.rs) as JSON
  subject TEXT NOT NULL,                      -- the object: activities about the same object are sent in order
  to_followers INTEGER NOT NULL,              -- the audience: all remote followers of account_id …
  to_accounts TEXT NOT NULL DEFAULT '[]',     -- … and these accounts: [id]
  since_status_id INTEGER,                    -- … and past_inboxes that got this status …
  to_relays INTEGER NOT NULL DEFAULT 0,       -- … and the relays that accepted us …
  to_inboxes TEXT NOT NULL DEFAULT '[]',      -- … and these inboxes: [id]
  status_id INTEGER,                          -- the status that is sent, if it has a receipt
  activity TEXT,                              -- the document as sent; NULL: not distributed yet
  is_untried INTEGER NOT NULL DEFAULT 1,      -- not distributed yet, or with chunks
  attempts INTEGER NOT NULL DEFAULT 0,        -- how often the sweep took it since it last got on
  touched_at INTEGER NOT NULL                 -- when someone last worked on it; the sweep takes what lies still
) STRICT;
-- For ordering by author and inbox, and for cron. Rows that only wait for an unreachable host can be many,
-- and are not in this index.
CREATE INDEX outbox_untried ON outbox (account_id) WHERE is_untried = 1;

-- Deliveries of an outbox row that nobody has tried yet: about ten inboxes a row, in the order of their ids,
-- so that an inbox's chunk is found without reading the others.
CREATE TABLE chunks (
  outbox_id INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,
  first_inbox_id INTEGER NOT NULL,
  inboxes TEXT NOT NULL,                      -- [inbox id]
  PRIMARY KEY (outbox_id, first_inbox_id)
) STRICT, WITHOUT ROWID;

-- Delivery receipt of a local status or of its last edit. The number of servers that have it is computed from
-- the deliveries that are still pending: a successful delivery writes nothing here.
CREATE TABLE receipts (
  status_id INTEGER PRIMARY KEY REFERENCES statuses(id) ON DELETE CASCADE,
  outbox_id INTEGER NOT NULL,
  servers INTEGER NOT NULL,                   -- number of inboxes
  refused TEXT NOT NULL DEFAULT '{}'          -- {domain: reason}
) STRICT;

-- The digest of its own followers that each server gets with an activity for followers (FEP-8fcf): {origin:
-- digest}.
CREATE TABLE outbox_digests (
  outbox_id INTEGER PRIMARY KEY REFERENCES outbox(id) ON DELETE CASCADE,
  digests TEXT NOT NULL
) STRICT;

-- Deliveries that failed and will be tried again. A delivery that succeeds has no row.
CREATE TABLE deliveries (
  outbox_id INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,
  inbox_id INTEGER NOT NULL REFERENCES inboxes(id) ON DELETE CASCADE,
  attempts INTEGER NOT NULL DEFAULT 1,        -- counted before each
  next_attempt_at INTEGER NOT NULL,
  is_blocking INTEGER NOT NULL DEFAULT 1,     -- later activities of the same author wait for it
  last_error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (outbox_id, inbox_id)
) STRICT, WITHOUT ROWID;
-- By inbox: later activities of the same author wait behind these.
CREATE INDEX deliveries_by_inbox ON deliveries (inbox_id, outbox_id);
-- Those that later activities need not wait for, unless about the same object: rare.
CREATE INDEX deliveries_passed ON deliveries (inbox_id, outbox_id) WHERE is_blocking = 0;
-- By due time.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at);

-- Background work, mostly fetches from other servers (a boosted note, a thread's parent). Deleted when done.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,                      -- a uri
  context TEXT NOT NULL DEFAULT '{}',         -- JSON
  is_foreign INTEGER NOT NULL DEFAULT 0,      -- another server's activity caused it: it runs last
  attempts INTEGER NOT NULL DEFAULT 0,        -- counted before each
  next_attempt_at INTEGER NOT NULL,
  cause TEXT NOT NULL DEFAULT '',             -- whose activity made it: a followed actor, else a registered domain; '' for nobody's
  signer TEXT NOT NULL DEFAULT '',            -- which of the strangers of a domain made it
  UNIQUE (kind, subject, context)
) STRICT;
-- What is due, of one cause after another: one of however many jobs is read to take it.
CREATE INDEX jobs_due ON jobs (is_foreign, cause, next_attempt_at);

-- Imports of files (src/services/import.rs): the last one of a person and kind.
CREATE TABLE imports (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,                         -- model/import.rs
  is_overwrite INTEGER NOT NULL,              -- what is not in the file is removed in the end
  total INTEGER NOT NULL,                     -- entries of the file
  waiting INTEGER NOT NULL,                   -- entries that are still to be done, and …
  failed INTEGER NOT NULL,                    -- … those that failed: sums of import_chunks, for the page
  removal INTEGER NOT NULL DEFAULT 0,         -- of what is not in the file: -1 is to be confirmed, 0 waits, 1 begun, 2 done
  extra INTEGER NOT NULL DEFAULT 0,           -- to be confirmed: how much of what the person has is not in the file
  pass INTEGER NOT NULL DEFAULT 0,            -- how often those were tried whose server did not answer
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  UNIQUE (account_id, kind)
) STRICT;

-- The entries of an import, about a hundred a row, each a list of texts. Rows without any are deleted. From n = 1000000 on
-- they are the ids of accounts that are not in the file and are removed.
CREATE TABLE import_chunks (
  import_id INTEGER NOT NULL REFERENCES imports(id) ON DELETE CASCADE,
  n INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 0,         -- counts its changes: of two at once, one is made
  entries TEXT NOT NULL,                      -- [[text, …]] to be done in this pass …
  later TEXT NOT NULL DEFAULT '[]',           -- … and in the next one
  failed TEXT NOT NULL,                       -- [[why, text, …]]
  named TEXT NOT NULL,                        -- [text]: what is in the file, where the rest is removed
  PRIMARY KEY (import_id, n)
) STRICT, WITHOUT ROWID;

-- Archives of people's own posts and files, made by a job in steps and kept for a week (model/takeout.rs).
CREATE TABLE takeouts (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL UNIQUE REFERENCES accounts(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,                -- posts that are newer are not in it
  version INTEGER NOT NULL DEFAULT 0,         -- counts its changes: of two at once, one is made …
  writer INTEGER NOT NULL DEFAULT 0,          -- … by this one
  file TEXT,                                  -- which file of the archive is being written; NULL once all are
  cursor INTEGER NOT NULL DEFAULT 0,          -- the last row of it that is
  entries INTEGER NOT NULL DEFAULT 0,         -- of it that are, but for posts
  total INTEGER NOT NULL,                     -- posts when it was begun, for the page
  done INTEGER NOT NULL DEFAULT 0,            -- posts that are written
  left_out INTEGER NOT NULL DEFAULT 0,        -- files and posts that could not be
  text INTEGER NOT NULL DEFAULT 0,            -- bytes of its texts
  volumes TEXT NOT NULL DEFAULT '[]',         -- [[after, until, posts, files, bytes]]: ids of its posts, and what was uploaded with them
  ready_at INTEGER,
  is_deleted INTEGER NOT NULL DEFAULT 0       -- by its owner; the row waits for the week to end
) STRICT;

-- The texts of a takeout in order, in the database or in a stored file.
CREATE TABLE takeout_pieces (
  takeout_id INTEGER NOT NULL REFERENCES takeouts(id) ON DELETE CASCADE,
  n INTEGER NOT NULL,
  volume INTEGER NOT NULL,                    -- from 1 on; 0 for all
  name TEXT NOT NULL,                         -- the file of the archive
  size INTEGER NOT NULL,                      -- bytes
  crc INTEGER NOT NULL,                       -- CRC-32 of them
  text TEXT NOT NULL,                         -- empty where it is in a stored file
  key TEXT,                                   -- that file
  PRIMARY KEY (takeout_id, n)
) STRICT, WITHOUT ROWID;

-- Notification requests: accounts whose notifications are filtered, until accepted or dismissed.
CREATE TABLE notification_requests (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  from_account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  last_status_id INTEGER,
  notifications_count INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL,
  UNIQUE (account_id, from_account_id)
) STRICT;
-- For deletion with the account.
CREATE INDEX notification_requests_by_sender ON notification_requests (from_account_id);

-- Accounts that were accepted in spite of the policy.
CREATE TABLE notification_permissions (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  from_account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, from_account_id)
) STRICT, WITHOUT ROWID;
-- For deletion with the account.
CREATE INDEX notification_permissions_by_sender ON notification_permissions (from_account_id);

-- Drops notifications about accounts and threads that the recipient has muted or blocked, whatever statement
-- inserts them.
CREATE TRIGGER notifications_unwanted BEFORE INSERT ON notifications
WHEN EXISTS (SELECT 1 FROM mutes WHERE account_id = NEW.account_id AND target_id = NEW.from_account_id AND hides_notifications = 1
  AND (expires_at IS NULL OR expires_at > NEW.id / 4096 + 1199145600000))
OR (EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = NEW.account_id)
  AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = NEW.account_id AND target_id = NEW.from_account_id)
  AND EXISTS (SELECT 1 FROM accounts a JOIN account_domain_blocks d ON d.account_id = NEW.account_id AND d.domain = a.domain WHERE a.id = NEW.from_account_id))
OR (NEW.type NOT IN ('poll', 'update') AND EXISTS (SELECT 1 FROM thread_mutes t WHERE t.account_id = NEW.account_id
  AND t.conversation = (SELECT conversation FROM statuses WHERE id = NEW.status_id)))
-- Also of statuses that the recipient may not see: the condition is that of store::statuses::visible.
OR (NEW.status_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM statuses s WHERE s.id = NEW.status_id
  AND ((s.visibility <= 1 OR s.account_id = NEW.account_id
  OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = NEW.account_id AND m.status_id = s.id)
  OR (s.visibility = 2 AND EXISTS (SELECT 1 FROM follows w WHERE w.account_id = NEW.account_id AND w.target_id = s.account_id)))
  AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = NEW.account_id))))
BEGIN
  SELECT RAISE(IGNORE);
END;
-- Adds the push messages of a notification, whatever statement inserts it: to the subscriptions whose alerts and policy
-- include it. A filtered one has none. The invocation that adds it makes the first attempt, which is counted here: next_attempt_at
-- is when that one has not ended it (135 seconds, as store::push::WAIT of the first attempt), unless the device waits. (Of several triggers that a row fires, SQLite runs the one created last first, so
-- this one is created before the one that judges; sending checks again.)
CREATE TRIGGER notifications_pushed AFTER INSERT ON notifications
WHEN EXISTS (SELECT 1 FROM push_subscriptions WHERE account_id = NEW.account_id) BEGIN
  INSERT INTO pushes (notification_id, subscription_id, is_waiting, attempts, next_attempt_at)
  SELECT n.id, p.id, p.waits_until > n.id / 4096 + 1199145600000, p.waits_until <= n.id / 4096 + 1199145600000,
    max(n.id / 4096 + 1199145600000 + 135000, p.waits_until)
  FROM notifications n CROSS JOIN push_subscriptions p ON p.account_id = n.account_id
  WHERE n.id = NEW.id AND n.is_filtered = 0
  AND instr(p.alerts, ' ' || iif(n.type = 'pleroma:emoji_reaction', 'favourite', n.type) || ' ') > 0
  AND CASE p.policy WHEN 'all' THEN 1
    WHEN 'followed' THEN EXISTS (SELECT 1 FROM follows WHERE account_id = n.account_id AND target_id = n.from_account_id)
    WHEN 'follower' THEN EXISTS (SELECT 1 FROM follows WHERE account_id = n.from_account_id AND target_id = n.account_id)
    ELSE 0 END;
END;
-- Applies the notification policy: 0 accepts, 1 filters, 2 drops. Followed and accepted accounts always pass.
CREATE TRIGGER notifications_judged AFTER INSERT ON notifications
WHEN NEW.type NOT IN ('poll', 'update', 'moderation_warning', 'severed_relationships', 'quoted_update', 'admin.report')
AND EXISTS (SELECT 1 FROM users u WHERE u.account_id = NEW.account_id
  AND (filters_not_following OR filters_not_followers OR filters_new_accounts OR filters_bots
  OR (filters_private_mentions AND NEW.type = 'mention')
  OR (filters_limited_accounts AND EXISTS (SELECT 1 FROM accounts INDEXED BY accounts_silenced WHERE id = NEW.from_account_id AND silenced_at IS NOT NULL))))
AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = NEW.account_id AND target_id = NEW.from_account_id)
AND NOT EXISTS (SELECT 1 FROM notification_permissions WHERE account_id = NEW.account_id AND from_account_id = NEW.from_account_id)
BEGIN
  UPDATE notifications SET is_filtered = (SELECT max(u.filters_not_following,
    CASE WHEN EXISTS (SELECT 1 FROM follows f WHERE f.account_id = NEW.from_account_id AND f.target_id = NEW.account_id) THEN 0 ELSE u.filters_not_followers END,
    CASE WHEN a.created_at > (NEW.id / 4096 + 1199145600000) - 2592000000 THEN u.filters_new_accounts ELSE 0 END,
    CASE WHEN a.actor_type IN ('Service', 'Application') THEN u.filters_bots ELSE 0 END,
    CASE WHEN a.silenced_at IS NOT NULL THEN u.filters_limited_accounts ELSE 0 END,
    CASE WHEN NEW.type = 'mention' AND s.visibility = 3 AND coalesce(s.in_reply_to_account_id, 0) <> NEW.account_id
      THEN u.filters_private_mentions ELSE 0 END)
    FROM users u JOIN accounts a ON a.id = NEW.from_account_id LEFT JOIN statuses s ON s.id = NEW.status_id
    WHERE u.account_id = NEW.account_id) WHERE id = NEW.id;
  DELETE FROM notifications WHERE id = NEW.id AND is_filtered = 2;
  INSERT INTO notification_requests (id, account_id, from_account_id, last_status_id, notifications_count, updated_at)
  SELECT NEW.id, NEW.account_id, NEW.from_account_id, NEW.status_id, 1, NEW.id / 4096 + 1199145600000
  FROM notifications n WHERE n.id = NEW.id AND n.is_filtered = 1
  ON CONFLICT (account_id, from_account_id) DO UPDATE SET notifications_count = notifications_count + 1,
    last_status_id = coalesce(excluded.last_status_id, last_status_id), updated_at = excluded.updated_at;
END;
-- What waits for a device goes with its subscription. Reads all messages that wait, which are few.
CREATE TRIGGER pushes_end_with_subscription AFTER DELETE ON push_subscriptions BEGIN
  DELETE FROM pushes WHERE subscription_id = OLD.id;
END;
CREATE TRIGGER subscriptions_end_with_token AFTER DELETE ON access_tokens BEGIN
  DELETE FROM push_subscriptions WHERE token_hash = OLD.token_hash;
END;
CREATE TRIGGER subscriptions_end_with_session AFTER DELETE ON sessions BEGIN
  DELETE FROM push_subscriptions WHERE series = OLD.series;
END;
-- A suspended account gets no push messages: its apps subscribe again once the suspension is lifted.
CREATE TRIGGER subscriptions_end_with_suspension AFTER UPDATE OF suspended_at ON accounts WHEN NEW.suspended_at IS NOT NULL BEGIN
  DELETE FROM push_subscriptions WHERE account_id = NEW.id;
END;
-- Nor does one whose login is frozen.
CREATE TRIGGER subscriptions_end_with_freezing AFTER UPDATE OF disabled_at ON users WHEN NEW.disabled_at IS NOT NULL BEGIN
  DELETE FROM push_subscriptions WHERE account_id = NEW.account_id;
END;

-- Full-text search. Which statuses are in it: src/store/search.rs. It indexes trigrams, so that languages
-- without spaces are found.
CREATE VIRTUAL TABLE status_search USING fts5(text, content = '', contentless_delete = 1, tokenize = 'trigram');
-- The existing trigrams, for words of two characters.
CREATE VIRTUAL TABLE status_search_terms USING fts5vocab(status_search, row);
CREATE VIRTUAL TABLE account_search USING fts5(text, content = '', contentless_delete = 1, tokenize = 'trigram');
CREATE VIRTUAL TABLE account_search_terms USING fts5vocab(account_search, row);
-- Without the domain of local accounts: whoever searches for it does not mean all of them.
CREATE TRIGGER accounts_found AFTER INSERT ON accounts WHEN NEW.actor_type <> 'Application' BEGIN
  INSERT INTO account_search (rowid, text) VALUES (NEW.id, NEW.username || iif(NEW.domain_id IS NULL, '@' || NEW.domain, '') || ' ' || NEW.display_name || ' ');
END;
CREATE TRIGGER accounts_renamed AFTER UPDATE OF username, display_name ON accounts
WHEN NEW.actor_type <> 'Application' AND (OLD.username <> NEW.username OR OLD.display_name <> NEW.display_name) BEGIN
  DELETE FROM account_search WHERE rowid = OLD.id;
  INSERT INTO account_search (rowid, text) VALUES (NEW.id, NEW.username || iif(NEW.domain_id IS NULL, '@' || NEW.domain, '') || ' ' || NEW.display_name || ' ');
END;
CREATE TRIGGER accounts_lost AFTER DELETE ON accounts BEGIN
  DELETE FROM account_search WHERE rowid = OLD.id;
END;

-- Counters are kept by triggers on the counted rows, whatever statement changes them.
CREATE TRIGGER statuses_counted AFTER INSERT ON statuses WHEN NEW.is_local = 1 AND NEW.visibility <> 3 BEGIN
  UPDATE accounts SET statuses_count = statuses_count + 1,
    last_status_at = max(coalesce(last_status_at, 0), NEW.created_at) WHERE id = NEW.account_id;
END;
CREATE TRIGGER statuses_uncounted AFTER DELETE ON statuses WHEN OLD.is_local = 1 AND OLD.visibility <> 3 BEGIN
  UPDATE accounts SET statuses_count = max(statuses_count - 1, 0) WHERE id = OLD.account_id;
END;
-- Remote statuses are counted by their own server (remote_counts), and the day of the last one is enough, at most a day late:
-- most of what is written in a day are notes that arrive, and this spares a row of each.
CREATE TRIGGER statuses_dated AFTER INSERT ON statuses WHEN NEW.is_local = 0 AND NEW.visibility <> 3 BEGIN
  UPDATE accounts SET last_status_at = NEW.created_at
    WHERE id = NEW.account_id AND coalesce(last_status_at, 0) / 172800000 < NEW.created_at / 172800000;
END;
-- Only replies, quotes and boosts that everybody may see are counted: strangers see the counts.
-- Those of others' statuses do not go down when retention removes what was counted, which would be a row written for each: it
-- removes nothing that is younger than six hours. What comes late may have been counted before, so they then are at least what is
-- stored (of the newest hundred), and its removal changes nothing: it may not have been counted.
CREATE TRIGGER replies_counted AFTER INSERT ON statuses WHEN NEW.in_reply_to_id IS NOT NULL AND NEW.visibility <= 1 BEGIN
  UPDATE statuses SET replies_count = replies_count + 1 WHERE id = NEW.in_reply_to_id AND (is_local = 1 OR NEW.stored_at IS NULL
    OR replies_count < (SELECT count(*) FROM (SELECT * FROM statuses x WHERE x.in_reply_to_id = NEW.in_reply_to_id LIMIT 100) y WHERE y.visibility <= 1));
END;
CREATE TRIGGER replies_counted_late AFTER UPDATE OF in_reply_to_id ON statuses
WHEN OLD.in_reply_to_id IS NULL AND NEW.in_reply_to_id IS NOT NULL AND NEW.visibility <= 1 BEGIN
  UPDATE statuses SET replies_count = replies_count + 1 WHERE id = NEW.in_reply_to_id;
END;
CREATE TRIGGER replies_uncounted AFTER DELETE ON statuses WHEN OLD.in_reply_to_id IS NOT NULL AND OLD.visibility <= 1 BEGIN
  UPDATE statuses SET replies_count = max(replies_count - 1, 0) WHERE id = OLD.in_reply_to_id
    AND (is_local = 1 OR (OLD.stored_at IS NULL AND OLD.id > (unixepoch() * 1000 - 21600000 - 1199145600000) * 4096));
END;
CREATE TRIGGER statuses_recounted AFTER UPDATE OF visibility ON statuses WHEN OLD.visibility <> NEW.visibility BEGIN
  UPDATE mentions SET is_direct = (NEW.visibility = 3) WHERE status_id = NEW.id AND is_direct <> (NEW.visibility = 3);
  UPDATE accounts SET statuses_count = max(statuses_count + (NEW.visibility <> 3) - (OLD.visibility <> 3), 0)
    WHERE id = NEW.account_id AND NEW.is_local = 1 AND (NEW.visibility <> 3) <> (OLD.visibility <> 3);
  UPDATE statuses SET replies_count = max(replies_count + (NEW.visibility <= 1) - (OLD.visibility <= 1), 0)
    WHERE id = NEW.in_reply_to_id AND (NEW.visibility <= 1) <> (OLD.visibility <= 1);
  UPDATE statuses SET quotes_count = max(quotes_count + (NEW.visibility <= 1) - (OLD.visibility <= 1), 0)
    WHERE id = NEW.quote_of_id AND NEW.quote_state = 'accepted' AND (NEW.visibility <= 1) <> (OLD.visibility <= 1);
END;
CREATE TRIGGER reblogs_counted AFTER INSERT ON statuses WHEN NEW.reblog_of_id IS NOT NULL AND NEW.visibility <= 1 BEGIN
  UPDATE statuses SET reblogs_count = reblogs_count + 1 WHERE id = NEW.reblog_of_id AND (is_local = 1 OR NEW.stored_at IS NULL
    OR reblogs_count < (SELECT count(*) FROM (SELECT * FROM statuses x WHERE x.reblog_of_id = NEW.reblog_of_id LIMIT 100) y WHERE y.visibility <= 1));
END;
CREATE TRIGGER reblogs_uncounted AFTER DELETE ON statuses WHEN OLD.reblog_of_id IS NOT NULL AND OLD.visibility <= 1 BEGIN
  UPDATE statuses SET reblogs_count = max(reblogs_count - 1, 0) WHERE id = OLD.reblog_of_id
    AND (is_local = 1 OR (OLD.stored_at IS NULL AND OLD.id > (unixepoch() * 1000 - 21600000 - 1199145600000) * 4096));
END;
CREATE TRIGGER favourites_counted AFTER INSERT ON favourites BEGIN
  UPDATE statuses SET favourites_count = favourites_count + 1 WHERE id = NEW.status_id;
END;
CREATE TRIGGER favourites_uncounted AFTER DELETE ON favourites BEGIN
  UPDATE statuses SET favourites_count = max(favourites_count - 1, 0) WHERE id = OLD.status_id;
END;
CREATE TRIGGER reactions_counted AFTER INSERT ON reactions BEGIN
  UPDATE statuses SET reactions = json_set(reactions, '$."' || NEW.name || '"',
    json_array(coalesce(json_extract(reactions, '$."' || NEW.name || '"[0]'), 0) + 1, NEW.url)) WHERE id = NEW.status_id;
END;
CREATE TRIGGER reactions_uncounted AFTER DELETE ON reactions BEGIN
  UPDATE statuses SET reactions = CASE WHEN json_extract(reactions, '$."' || OLD.name || '"[0]') > 1
    THEN json_set(reactions, '$."' || OLD.name || '"[0]', json_extract(reactions, '$."' || OLD.name || '"[0]') - 1)
    ELSE json_remove(reactions, '$."' || OLD.name || '"') END WHERE id = OLD.status_id;
END;
CREATE TRIGGER follows_counted AFTER INSERT ON follows BEGIN
  UPDATE accounts SET following_count = following_count + 1 WHERE id = NEW.account_id;
  UPDATE accounts SET followers_count = followers_count + 1 WHERE id = NEW.target_id;
END;
CREATE TRIGGER follows_uncounted AFTER DELETE ON follows BEGIN
  UPDATE accounts SET following_count = max(following_count - 1, 0) WHERE id = OLD.account_id;
  UPDATE accounts SET followers_count = max(followers_count - 1, 0) WHERE id = OLD.target_id;
END;
CREATE TRIGGER quotes_counted AFTER INSERT ON statuses WHEN NEW.quote_of_id IS NOT NULL AND NEW.quote_state = 'accepted' AND NEW.visibility <= 1 BEGIN
  UPDATE statuses SET quotes_count = quotes_count + 1 WHERE id = NEW.quote_of_id;
END;
CREATE TRIGGER quotes_recounted AFTER UPDATE OF quote_state ON statuses WHEN NEW.quote_of_id IS NOT NULL AND NEW.visibility <= 1
AND (coalesce(OLD.quote_state, '') = 'accepted') <> (coalesce(NEW.quote_state, '') = 'accepted') BEGIN
  UPDATE statuses SET quotes_count = max(quotes_count + CASE WHEN NEW.quote_state = 'accepted' THEN 1 ELSE -1 END, 0) WHERE id = NEW.quote_of_id;
END;
CREATE TRIGGER quotes_uncounted AFTER DELETE ON statuses WHEN OLD.quote_of_id IS NOT NULL AND OLD.quote_state = 'accepted' AND OLD.visibility <= 1 BEGIN
  UPDATE statuses SET quotes_count = max(quotes_count - 1, 0) WHERE id = OLD.quote_of_id;
END;
CREATE TRIGGER votes_counted AFTER INSERT ON poll_votes BEGIN
  UPDATE statuses SET poll = json_set(poll,
    '$.options[' || NEW.choice || '][1]', coalesce(json_extract(poll, '$.options[' || NEW.choice || '][1]'), 0) + 1,
    '$.voters', coalesce(json_extract(poll, '$.voters'), 0)
      + ((SELECT count(*) FROM poll_votes WHERE status_id = NEW.status_id AND account_id = NEW.account_id) = 1))
  WHERE id = NEW.status_id AND poll IS NOT NULL;
  UPDATE open_polls SET has_news = 1 WHERE status_id = NEW.status_id AND has_news = 0
    AND EXISTS (SELECT 1 FROM statuses WHERE id = NEW.status_id AND is_local = 1 AND NOT coalesce(json_extract(poll, '$.hides_totals'), 0));
END;
-- An edit that takes the poll away leaves nothing to close.
CREATE TRIGGER polls_lost AFTER UPDATE OF poll ON statuses WHEN OLD.poll IS NOT NULL AND NEW.poll IS NULL BEGIN
  DELETE FROM open_polls WHERE status_id = NEW.id;
END;
CREATE TRIGGER statuses_lost AFTER DELETE ON statuses
WHEN EXISTS (SELECT 1 FROM status_search_docsize WHERE id = OLD.id) BEGIN
  DELETE FROM status_search WHERE rowid = OLD.id;
END;
