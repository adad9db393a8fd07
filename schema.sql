-- Sori's whole schema. An empty database is made by running this file; `schema_version` below
-- says which one it is. STRICT everywhere. Ids are 53-bit integers that sort by time (src/model/id.rs),
-- times are Unix milliseconds, booleans are 0 or 1, lists that are only ever read with their row are JSON.
-- Every index is one more row written per insert: each says what it is for.

-- Facts about the installation: one row a key. `schema_version` is written last, by the migrator.
CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The domains that accounts of this instance live on.
CREATE TABLE domains (
  id INTEGER PRIMARY KEY,
  handle_domain TEXT NOT NULL UNIQUE,     -- what stands behind the @: my.name
  web_origin TEXT NOT NULL,               -- scheme, host and port of ids and pages
  is_primary INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

-- Profiles, local and remote.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  domain_id INTEGER REFERENCES domains(id),   -- set for local accounts, and only for them
  username TEXT NOT NULL COLLATE NOCASE,
  domain TEXT NOT NULL,                       -- handle domain in lower case, local or remote
  actor_type TEXT NOT NULL DEFAULT 'Person',  -- Person, Service, Group, Organization, Application
  uri TEXT NOT NULL UNIQUE,                   -- the actor's id; also finds key ids of the form uri#main-key
  url TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',              -- HTML, sanitised
  note_text TEXT NOT NULL DEFAULT '',         -- what a local person typed
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
  inbox_id INTEGER,                           -- remote: where deliveries go (shared inbox first)
  inbox_url TEXT NOT NULL DEFAULT '',
  shared_inbox_url TEXT,
  outbox_url TEXT,
  followers_url TEXT,
  following_url TEXT,
  featured_url TEXT,
  public_key_id TEXT,                         -- NULL where it is uri#main-key
  public_key BLOB,                            -- SPKI of an RSA key, or 32 bytes of an Ed25519 key
  also_known_as TEXT NOT NULL DEFAULT '[]',   -- [uri]
  moved_to_id INTEGER,
  followers_count INTEGER NOT NULL DEFAULT 0,
  following_count INTEGER NOT NULL DEFAULT 0,
  statuses_count INTEGER NOT NULL DEFAULT 0,
  last_status_at INTEGER,
  created_at INTEGER NOT NULL,
  fetched_at INTEGER,                         -- remote: when the actor document was last read
  suspended_at INTEGER,
  UNIQUE (username, domain),
  CONSTRAINT local_account_has_key CHECK (domain_id IS NULL OR public_key IS NOT NULL)
) STRICT;
-- Keys whose id is not uri#main-key (GoToSocial's are documents of their own).
CREATE INDEX accounts_by_key ON accounts (public_key_id) WHERE public_key_id IS NOT NULL;

-- Logins: one for each local person.
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL UNIQUE REFERENCES accounts(id),
  email TEXT UNIQUE COLLATE NOCASE,
  password TEXT NOT NULL,                     -- scheme$iterations$salt$hash, peppered
  role TEXT NOT NULL DEFAULT 'user',          -- user, moderator, admin, owner
  locale TEXT NOT NULL DEFAULT 'en',
  default_visibility TEXT NOT NULL DEFAULT 'public',
  default_sensitive INTEGER NOT NULL DEFAULT 0,
  default_language TEXT,
  created_at INTEGER NOT NULL
) STRICT;

-- Private keys of local actors, sealed with SORI_SECRET. Without an account: made ahead of need.
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  account_id INTEGER UNIQUE REFERENCES accounts(id),
  public_key BLOB NOT NULL,                   -- SPKI
  private_key BLOB NOT NULL,                  -- nonce (12 bytes), then PKCS#8 sealed with AES-256-GCM
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

-- Bearer tokens; without a user: a client's own.
CREATE TABLE access_tokens (
  token_hash BLOB PRIMARY KEY,                -- SHA-256
  id INTEGER NOT NULL,
  app_id INTEGER NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  user_id INTEGER REFERENCES users(id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- OAuth authorization codes: used once, gone in ten minutes.
CREATE TABLE authorization_codes (
  code_hash BLOB PRIMARY KEY,                 -- SHA-256
  app_id INTEGER NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  redirect_uri TEXT NOT NULL,
  scopes TEXT NOT NULL,
  code_challenge TEXT,                        -- S256
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Browser sessions of the sign-in pages.
CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,                -- SHA-256
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Statuses, local and remote; a boost is a row with reblog_of_id.
CREATE TABLE statuses (
  id INTEGER PRIMARY KEY,
  uri TEXT NOT NULL UNIQUE,                   -- of a boost: the Announce's id
  url TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  is_local INTEGER NOT NULL,
  visibility INTEGER NOT NULL,                -- 0 public, 1 unlisted, 2 private, 3 direct
  in_reply_to_id INTEGER REFERENCES statuses(id) ON DELETE SET NULL,
  in_reply_to_account_id INTEGER,
  in_reply_to_uri TEXT,                       -- a parent that we do not have
  reblog_of_id INTEGER REFERENCES statuses(id) ON DELETE CASCADE,
  conversation TEXT,                          -- uri of the conversation
  content TEXT NOT NULL DEFAULT '',           -- HTML, sanitised
  text TEXT,                                  -- what a local person typed
  spoiler_text TEXT NOT NULL DEFAULT '',
  is_sensitive INTEGER NOT NULL DEFAULT 0,
  language TEXT,
  mentions TEXT NOT NULL DEFAULT '[]',        -- [{id, username, acct, url, uri}]
  tags TEXT NOT NULL DEFAULT '[]',            -- [name]
  emojis TEXT NOT NULL DEFAULT '[]',          -- [{shortcode, url, static_url}]
  media TEXT NOT NULL DEFAULT '[]',           -- [{type, url, preview_url, remote_url, description, blurhash, width, height, focus}]
  app_id INTEGER,                             -- the client it was written with
  replies_count INTEGER NOT NULL DEFAULT 0,
  reblogs_count INTEGER NOT NULL DEFAULT 0,
  favourites_count INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  edited_at INTEGER
) STRICT;
-- Profiles, and the home timeline's merge of few authors. The rowid is the last column: newest first without sorting.
CREATE INDEX statuses_by_account ON statuses (account_id);
-- Threads.
CREATE INDEX statuses_by_parent ON statuses (in_reply_to_id) WHERE in_reply_to_id IS NOT NULL;
-- Who boosted a status; one boost a person (of any status).
CREATE UNIQUE INDEX statuses_boost ON statuses (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL;
-- Replies that wait for a parent.
CREATE INDEX statuses_awaiting_parent ON statuses (in_reply_to_uri) WHERE in_reply_to_uri IS NOT NULL;
-- The local timeline.
CREATE INDEX statuses_local ON statuses (id) WHERE is_local = 1 AND visibility = 0 AND reblog_of_id IS NULL;

-- Which local people a status mentions (remote ones are in statuses.mentions only).
CREATE TABLE mentions (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  is_silent INTEGER NOT NULL DEFAULT 0,       -- addressed without a tag: may see it, is not notified
  PRIMARY KEY (account_id, status_id)
) STRICT, WITHOUT ROWID;
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
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- Followers of an account, newest first; delivery audiences.
CREATE INDEX follows_by_target ON follows (target_id, id);

-- Follows that wait for the target's word.
CREATE TABLE follow_requests (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  uri TEXT NOT NULL,
  shows_reblogs INTEGER NOT NULL DEFAULT 1,
  is_notifying INTEGER NOT NULL DEFAULT 0,
  languages TEXT,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
-- Requests that wait for a person's answer.
CREATE INDEX follow_requests_by_target ON follow_requests (target_id, id);

CREATE TABLE favourites (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,                        -- the cursor of lists
  uri TEXT NOT NULL,                          -- the Like's id
  PRIMARY KEY (status_id, account_id)
) STRICT, WITHOUT ROWID;
-- What a person favourited, newest first; deletion with the account.
CREATE INDEX favourites_by_account ON favourites (account_id, id);

-- Who blocks whom.
CREATE TABLE blocks (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  uri TEXT NOT NULL,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;

-- Notifications of local people.
CREATE TABLE notifications (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  type TEXT NOT NULL,                         -- mention, follow, follow_request, favourite, reblog, status, update, poll
  from_account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER REFERENCES statuses(id) ON DELETE CASCADE
) STRICT;
-- A person's list; its tail is the rowid.
CREATE INDEX notifications_by_account ON notifications (account_id);
-- Withdrawn with the status or the interaction.
CREATE INDEX notifications_by_status ON notifications (status_id) WHERE status_id IS NOT NULL;

-- Where a person has read to.
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

-- Uris that were deleted or undone, so that what arrives late stays away.
CREATE TABLE tombstones (
  uri TEXT PRIMARY KEY,
  account_id INTEGER,                         -- whose it was; only that one's late arrivals are refused
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Other servers, by domain: how to speak to them and whether they answer.
CREATE TABLE instances (
  domain TEXT PRIMARY KEY,
  signature_spec TEXT NOT NULL DEFAULT 'cavage',  -- cavage or rfc9421: which knock worked
  failing_since INTEGER,                          -- first failure since the last success
  last_failure_at INTEGER,
  is_set_aside INTEGER NOT NULL DEFAULT 0         -- fails for days: nothing is sent until it is heard from
) STRICT, WITHOUT ROWID;

-- Inboxes to deliver to: shared ones, and personal ones where a server has no other.
CREATE TABLE inboxes (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  domain TEXT NOT NULL
) STRICT;

-- Inboxes that have lost their last follower of a local account: they hold its statuses up to that day, and
-- hear of their deletion.
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

-- The transactional outbox: activities whose delivery is not finished. Gone when it is.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,  -- whose key signs
  event TEXT NOT NULL,                        -- what happened (model/event.rs) as JSON
  to_followers INTEGER NOT NULL,              -- the audience: all remote followers of account_id …
  to_accounts TEXT NOT NULL DEFAULT '[]',     -- … and these accounts: [id]
  since_status_id INTEGER,                    -- … and past_inboxes that got this status
  activity TEXT,                              -- the document as sent; NULL: not distributed yet
  pending TEXT NOT NULL DEFAULT '{}',         -- {"chunk number": [inbox id, …]} not tried yet
  inboxes_count INTEGER NOT NULL DEFAULT 0,
  touched_at INTEGER NOT NULL                 -- when someone last worked on it; the sweep takes what lies still
) STRICT;

-- Deliveries that failed and will be tried again. A delivery that succeeds has no row.
CREATE TABLE deliveries (
  outbox_id INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,
  inbox_id INTEGER NOT NULL REFERENCES inboxes(id) ON DELETE CASCADE,
  attempts INTEGER NOT NULL DEFAULT 1,
  next_attempt_at INTEGER NOT NULL,
  is_blocking INTEGER NOT NULL DEFAULT 1,     -- later activities of the same author wait for it
  last_error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (outbox_id, inbox_id)
) STRICT, WITHOUT ROWID;
-- What waits for one inbox: later activities of the same author queue up behind it.
CREATE INDEX deliveries_by_inbox ON deliveries (inbox_id, outbox_id);
-- What is due.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at);

-- Work that needs a third server (a boosted note, a thread's parent). Gone when done.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,                      -- a uri
  context TEXT NOT NULL DEFAULT '{}',         -- JSON
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  UNIQUE (kind, subject, context)
) STRICT;

-- Counters follow from the rows themselves, whatever changes them.
CREATE TRIGGER statuses_counted AFTER INSERT ON statuses WHEN NEW.visibility <> 3 BEGIN
  UPDATE accounts SET statuses_count = statuses_count + 1,
    last_status_at = max(coalesce(last_status_at, 0), NEW.created_at) WHERE id = NEW.account_id;
END;
CREATE TRIGGER statuses_uncounted AFTER DELETE ON statuses WHEN OLD.visibility <> 3 BEGIN
  UPDATE accounts SET statuses_count = max(statuses_count - 1, 0) WHERE id = OLD.account_id;
END;
CREATE TRIGGER replies_counted AFTER INSERT ON statuses WHEN NEW.in_reply_to_id IS NOT NULL BEGIN
  UPDATE statuses SET replies_count = replies_count + 1 WHERE id = NEW.in_reply_to_id;
END;
CREATE TRIGGER replies_counted_late AFTER UPDATE OF in_reply_to_id ON statuses
WHEN OLD.in_reply_to_id IS NULL AND NEW.in_reply_to_id IS NOT NULL BEGIN
  UPDATE statuses SET replies_count = replies_count + 1 WHERE id = NEW.in_reply_to_id;
END;
CREATE TRIGGER replies_uncounted AFTER DELETE ON statuses WHEN OLD.in_reply_to_id IS NOT NULL BEGIN
  UPDATE statuses SET replies_count = max(replies_count - 1, 0) WHERE id = OLD.in_reply_to_id;
END;
CREATE TRIGGER reblogs_counted AFTER INSERT ON statuses WHEN NEW.reblog_of_id IS NOT NULL BEGIN
  UPDATE statuses SET reblogs_count = reblogs_count + 1 WHERE id = NEW.reblog_of_id;
END;
CREATE TRIGGER reblogs_uncounted AFTER DELETE ON statuses WHEN OLD.reblog_of_id IS NOT NULL BEGIN
  UPDATE statuses SET reblogs_count = max(reblogs_count - 1, 0) WHERE id = OLD.reblog_of_id;
END;
CREATE TRIGGER favourites_counted AFTER INSERT ON favourites BEGIN
  UPDATE statuses SET favourites_count = favourites_count + 1 WHERE id = NEW.status_id;
END;
CREATE TRIGGER favourites_uncounted AFTER DELETE ON favourites BEGIN
  UPDATE statuses SET favourites_count = max(favourites_count - 1, 0) WHERE id = OLD.status_id;
END;
CREATE TRIGGER follows_counted AFTER INSERT ON follows BEGIN
  UPDATE accounts SET following_count = following_count + 1 WHERE id = NEW.account_id;
  UPDATE accounts SET followers_count = followers_count + 1 WHERE id = NEW.target_id;
END;
CREATE TRIGGER follows_uncounted AFTER DELETE ON follows BEGIN
  UPDATE accounts SET following_count = max(following_count - 1, 0) WHERE id = OLD.account_id;
  UPDATE accounts SET followers_count = max(followers_count - 1, 0) WHERE id = OLD.target_id;
END;
