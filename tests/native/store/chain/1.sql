CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE answers (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  counted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE domains (
  id INTEGER PRIMARY KEY,
  handle_domain TEXT NOT NULL UNIQUE,
  web_origin TEXT NOT NULL,
  is_primary INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  domain_id INTEGER REFERENCES domains(id),
  username TEXT NOT NULL COLLATE NOCASE,
  domain TEXT NOT NULL,
  actor_type TEXT NOT NULL DEFAULT 'Person',
  uri TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  note_text TEXT NOT NULL DEFAULT '',
  fields TEXT NOT NULL DEFAULT '[]',
  emojis TEXT NOT NULL DEFAULT '[]',
  avatar_url TEXT,
  header_url TEXT,
  avatar_description TEXT NOT NULL DEFAULT '',
  header_description TEXT NOT NULL DEFAULT '',
  is_locked INTEGER NOT NULL DEFAULT 0,
  is_discoverable INTEGER NOT NULL DEFAULT 0,
  is_indexable INTEGER NOT NULL DEFAULT 0,
  hides_collections INTEGER NOT NULL DEFAULT 0,
  shows_media INTEGER NOT NULL DEFAULT 1,
  shows_media_replies INTEGER NOT NULL DEFAULT 1,
  shows_featured INTEGER NOT NULL DEFAULT 1,
  attribution_domains TEXT NOT NULL DEFAULT '[]',
  inbox_id INTEGER,
  inbox_url TEXT NOT NULL DEFAULT '',
  shared_inbox_url TEXT,
  outbox_url TEXT,
  followers_url TEXT,
  following_url TEXT,
  featured_url TEXT,
  public_key_id TEXT,
  public_key BLOB,
  more_keys TEXT NOT NULL DEFAULT '[]',
  also_known_as TEXT NOT NULL DEFAULT '[]',
  moved_to_id INTEGER,
  moved_to_uri TEXT,
  moved_at INTEGER,
  followers_count INTEGER NOT NULL DEFAULT 0,
  following_count INTEGER NOT NULL DEFAULT 0,
  statuses_count INTEGER NOT NULL DEFAULT 0,
  remote_counts TEXT,
  last_status_at INTEGER,
  created_at INTEGER NOT NULL,
  fetched_at INTEGER,
  updated_at INTEGER,
  suspended_at INTEGER,
  is_suspended_by_origin INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER,
  is_memorial INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER AS (octet_length(display_name) + octet_length(note) + octet_length(note_text) + octet_length(fields)
    + octet_length(emojis) + octet_length(attribution_domains) + octet_length(also_known_as) + octet_length(url)
    + ifnull(octet_length(avatar_url), 0) + ifnull(octet_length(header_url), 0)) VIRTUAL,
  UNIQUE (username, domain),
  CONSTRAINT local_account_has_key CHECK (domain_id IS NULL OR public_key IS NOT NULL)
) STRICT;
CREATE INDEX accounts_by_key ON accounts (public_key_id) WHERE public_key_id IS NOT NULL;
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL UNIQUE REFERENCES accounts(id),
  email TEXT UNIQUE COLLATE NOCASE,
  password TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'user',
  locale TEXT NOT NULL DEFAULT 'en',
  default_visibility TEXT NOT NULL DEFAULT 'public',
  default_sensitive INTEGER NOT NULL DEFAULT 0,
  default_language TEXT,
  default_quote_policy TEXT NOT NULL DEFAULT 'public',
  filters_not_following INTEGER NOT NULL DEFAULT 0,
  filters_not_followers INTEGER NOT NULL DEFAULT 0,
  filters_new_accounts INTEGER NOT NULL DEFAULT 0,
  filters_private_mentions INTEGER NOT NULL DEFAULT 1,
  filters_limited_accounts INTEGER NOT NULL DEFAULT 1,
  filters_bots INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  account_id INTEGER UNIQUE REFERENCES accounts(id),
  public_key BLOB NOT NULL,
  private_key BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE apps (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  website TEXT,
  redirect_uris TEXT NOT NULL,
  scopes TEXT NOT NULL,
  client_id TEXT NOT NULL UNIQUE,
  client_secret_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE access_tokens (
  token_hash BLOB PRIMARY KEY,
  id INTEGER NOT NULL,
  app_id INTEGER NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  user_id INTEGER REFERENCES users(id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_tokens_of_clients ON access_tokens (app_id, id) WHERE user_id IS NULL;
CREATE TABLE push_subscriptions (
  id INTEGER PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE REFERENCES access_tokens(token_hash) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  endpoint TEXT NOT NULL,
  public_key BLOB NOT NULL,
  secrets BLOB NOT NULL,
  is_standard INTEGER NOT NULL,
  alerts TEXT NOT NULL,
  policy TEXT NOT NULL,
  waits_until INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX push_subscriptions_by_account ON push_subscriptions (account_id);
CREATE TABLE pushes (
  id INTEGER PRIMARY KEY,
  notification_id INTEGER NOT NULL,
  subscription_id INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL
) STRICT;
CREATE INDEX pushes_due ON pushes (next_attempt_at);
CREATE TABLE authorization_codes (
  code_hash BLOB PRIMARY KEY,
  app_id INTEGER NOT NULL REFERENCES apps(id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  redirect_uri TEXT NOT NULL,
  scopes TEXT NOT NULL,
  code_challenge TEXT,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE attempts (
  place INTEGER PRIMARY KEY,
  subject INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT;
CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE statuses (
  id INTEGER PRIMARY KEY,
  uri TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  is_local INTEGER NOT NULL,
  visibility INTEGER NOT NULL,
  in_reply_to_id INTEGER REFERENCES statuses(id) ON DELETE SET NULL,
  in_reply_to_account_id INTEGER,
  in_reply_to_uri TEXT,
  reblog_of_id INTEGER REFERENCES statuses(id) ON DELETE CASCADE,
  conversation TEXT,
  content TEXT NOT NULL DEFAULT '',
  text TEXT,
  spoiler_text TEXT NOT NULL DEFAULT '',
  is_sensitive INTEGER NOT NULL DEFAULT 0,
  language TEXT,
  mentions TEXT NOT NULL DEFAULT '[]',
  tags TEXT NOT NULL DEFAULT '[]',
  emojis TEXT NOT NULL DEFAULT '[]',
  media TEXT NOT NULL DEFAULT '[]',
  app_id INTEGER,
  replies_count INTEGER NOT NULL DEFAULT 0,
  reblogs_count INTEGER NOT NULL DEFAULT 0,
  favourites_count INTEGER NOT NULL DEFAULT 0,
  quotes_count INTEGER NOT NULL DEFAULT 0,
  reactions TEXT NOT NULL DEFAULT '{}',
  quote_of_id INTEGER REFERENCES statuses(id) ON DELETE SET NULL,
  quote_state TEXT,
  quote_policy INTEGER NOT NULL DEFAULT 0,
  interaction_rules INTEGER NOT NULL DEFAULT 0,
  approval TEXT,
  quote_uri TEXT,
  quote_stamp TEXT,
  poll TEXT,
  created_at INTEGER NOT NULL,
  remote_counts TEXT,
  thread_looked_at INTEGER,
  edited_at INTEGER,
  refreshed_at INTEGER,
  card_url TEXT,
  bytes INTEGER AS (octet_length(content) + octet_length(spoiler_text) + octet_length(mentions) + octet_length(tags)
    + octet_length(emojis) + octet_length(media) + octet_length(reactions) + octet_length(uri) + octet_length(url)
    + ifnull(octet_length(text), 0) + ifnull(octet_length(poll), 0) + ifnull(octet_length(conversation), 0)
    + ifnull(octet_length(card_url), 0)) VIRTUAL
) STRICT;
CREATE INDEX statuses_by_account ON statuses (account_id);
CREATE INDEX statuses_media ON statuses (account_id) WHERE media <> '[]' AND reblog_of_id IS NULL;
CREATE INDEX statuses_by_parent ON statuses (in_reply_to_id) WHERE in_reply_to_id IS NOT NULL;
CREATE UNIQUE INDEX statuses_boost ON statuses (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX statuses_awaiting_parent ON statuses (in_reply_to_uri) WHERE in_reply_to_uri IS NOT NULL;
CREATE INDEX statuses_local ON statuses (id) WHERE is_local = 1 AND visibility = 0 AND reblog_of_id IS NULL;
CREATE INDEX statuses_quotes ON statuses (quote_of_id) WHERE quote_of_id IS NOT NULL;
CREATE INDEX statuses_by_stamp ON statuses (quote_stamp) WHERE quote_stamp IS NOT NULL;
CREATE INDEX statuses_direct ON statuses (conversation, account_id) WHERE visibility = 3;
CREATE INDEX statuses_direct_own ON statuses (account_id) WHERE visibility = 3 AND is_local = 1;
CREATE TABLE quote_stamps (
  id INTEGER PRIMARY KEY,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL,
  quoting_uri TEXT NOT NULL,
  UNIQUE (status_id, account_id, quoting_uri)
) STRICT;
CREATE TABLE quote_revocations (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  quoting_uri TEXT NOT NULL,
  PRIMARY KEY (status_id, quoting_uri)
) STRICT, WITHOUT ROWID;
CREATE TABLE open_polls (
  status_id INTEGER PRIMARY KEY REFERENCES statuses(id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  has_news INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX open_polls_due ON open_polls (expires_at);
CREATE INDEX open_polls_news ON open_polls (has_news) WHERE has_news = 1;
CREATE TABLE poll_votes (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  choice INTEGER NOT NULL,
  uri TEXT,
  PRIMARY KEY (status_id, account_id, choice)
) STRICT, WITHOUT ROWID;
CREATE INDEX poll_votes_by_account ON poll_votes (account_id);
CREATE TABLE status_edits (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  content TEXT NOT NULL,
  spoiler_text TEXT NOT NULL,
  is_sensitive INTEGER NOT NULL,
  media TEXT NOT NULL,
  poll TEXT,
  PRIMARY KEY (status_id, created_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE status_links (
  url TEXT NOT NULL,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  PRIMARY KEY (url, status_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX status_links_by_status ON status_links (status_id);
CREATE TABLE cards (
  url TEXT PRIMARY KEY,
  card TEXT,
  author_id INTEGER,
  due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cards_empty ON cards (due_at) WHERE card IS NULL;
CREATE INDEX cards_old ON cards (due_at) WHERE card IS NOT NULL;
CREATE TABLE mentions (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  is_silent INTEGER NOT NULL DEFAULT 0,
  is_direct INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, status_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_direct ON mentions (account_id, status_id) WHERE is_direct = 1;
CREATE INDEX mentions_by_status ON mentions (status_id);
CREATE TABLE status_tags (
  tag TEXT NOT NULL,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  PRIMARY KEY (tag, status_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX status_tags_by_status ON status_tags (status_id);
CREATE TABLE follows (
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
CREATE INDEX follows_by_target ON follows (target_id, id);
CREATE INDEX follows_by_account ON follows (account_id, id);
CREATE INDEX follows_notifying ON follows (target_id) WHERE is_notifying = 1;
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
CREATE INDEX follow_requests_by_target ON follow_requests (target_id, id);
CREATE TABLE favourites (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  uri TEXT NOT NULL,
  signed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (status_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX favourites_by_account ON favourites (account_id, id);
CREATE TABLE reactions (
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  url TEXT,
  id INTEGER NOT NULL,
  uri TEXT NOT NULL,
  signed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (status_id, account_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_by_account ON reactions (account_id, id);
CREATE TABLE blocks (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  uri TEXT NOT NULL,
  signed_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_target ON blocks (target_id);
CREATE TABLE mutes (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  hides_notifications INTEGER NOT NULL DEFAULT 1,
  expires_at INTEGER,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mutes_by_target ON mutes (target_id);
CREATE INDEX mutes_due ON mutes (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE thread_mutes (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  conversation TEXT NOT NULL,
  PRIMARY KEY (account_id, conversation)
) STRICT, WITHOUT ROWID;
CREATE TABLE account_domain_blocks (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  domain TEXT NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, domain)
) STRICT, WITHOUT ROWID;
CREATE TABLE bookmarks (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, status_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bookmarks_by_account ON bookmarks (account_id, id);
CREATE INDEX bookmarks_by_status ON bookmarks (status_id);
CREATE TABLE pins (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER NOT NULL REFERENCES statuses(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, status_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pins_by_status ON pins (status_id);
CREATE TABLE account_notes (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  comment TEXT NOT NULL,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_notes_by_target ON account_notes (target_id);
CREATE TABLE endorsements (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX endorsements_by_target ON endorsements (target_id);
CREATE INDEX endorsements_by_account ON endorsements (account_id, id);
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
CREATE TRIGGER featured_uncounted AFTER DELETE ON status_tags BEGIN
  UPDATE featured_tags SET statuses_count = max(statuses_count - 1, 0)
  WHERE tag = OLD.tag AND account_id = (SELECT account_id FROM statuses WHERE id = OLD.status_id AND is_local = 1);
END;
CREATE TRIGGER featured_lost AFTER DELETE ON statuses WHEN OLD.is_local = 1 AND OLD.visibility <= 1 AND OLD.tags <> '[]' BEGIN
  UPDATE featured_tags SET statuses_count = max(statuses_count - 1, 0)
  WHERE account_id = OLD.account_id AND tag IN (SELECT value FROM json_each(OLD.tags));
END;
CREATE TABLE tag_follows (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (account_id, tag)
) STRICT, WITHOUT ROWID;
CREATE TABLE dismissed_suggestions (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dismissed_suggestions_by_target ON dismissed_suggestions (target_id);
CREATE TABLE lists (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  replies_policy TEXT NOT NULL DEFAULT 'list',
  is_exclusive INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX lists_by_account ON lists (account_id);
CREATE TABLE list_accounts (
  list_id INTEGER NOT NULL REFERENCES lists(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  PRIMARY KEY (list_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_accounts_by_target ON list_accounts (target_id);
CREATE TRIGGER follows_unlisted AFTER DELETE ON follows BEGIN
  DELETE FROM list_accounts WHERE target_id = OLD.target_id
  AND list_id IN (SELECT id FROM lists WHERE account_id = OLD.account_id);
  DELETE FROM endorsements WHERE account_id = OLD.account_id AND target_id = OLD.target_id;
END;
CREATE TABLE filters (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  contexts TEXT NOT NULL,
  action TEXT NOT NULL DEFAULT 'warn',
  expires_at INTEGER,
  keywords TEXT NOT NULL DEFAULT '[]',
  statuses TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX filters_by_account ON filters (account_id);
CREATE TABLE scheduled_statuses (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  scheduled_at INTEGER NOT NULL,
  params TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX scheduled_by_account ON scheduled_statuses (account_id);
CREATE INDEX scheduled_due ON scheduled_statuses (scheduled_at);
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  conversation TEXT NOT NULL,
  last_status_id INTEGER NOT NULL,
  is_unread INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account_id, conversation)
) STRICT;
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
CREATE TRIGGER conversations_shortened AFTER DELETE ON statuses WHEN OLD.visibility = 3 BEGIN
  UPDATE conversations SET last_status_id = coalesce((SELECT max(s.id) FROM statuses s WHERE s.visibility = 3
    AND s.conversation = OLD.conversation AND (s.account_id = conversations.account_id
    OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = conversations.account_id AND m.status_id = s.id))), 0)
  WHERE conversation = OLD.conversation AND last_status_id = OLD.id;
  DELETE FROM conversations WHERE last_status_id = 0 AND conversation = OLD.conversation;
END;
CREATE TRIGGER conversations_blocked AFTER INSERT ON blocks BEGIN
  UPDATE conversations SET last_status_id = coalesce((SELECT max(s.id) FROM statuses s WHERE s.visibility = 3
    AND s.conversation = conversations.conversation AND (s.account_id = conversations.account_id
    OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = conversations.account_id AND m.status_id = s.id))
    AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = conversations.account_id)), last_status_id)
  WHERE id IN (SELECT c.id FROM (SELECT id, last_status_id FROM conversations WHERE account_id = NEW.target_id
    ORDER BY last_status_id DESC LIMIT 100) c CROSS JOIN statuses l ON l.id = c.last_status_id AND l.account_id = NEW.account_id);
END;
CREATE INDEX conversations_by_conversation ON conversations (conversation);
CREATE TABLE announcements (
  id INTEGER PRIMARY KEY,
  content TEXT NOT NULL,
  starts_at INTEGER,
  ends_at INTEGER,
  is_all_day INTEGER NOT NULL DEFAULT 0,
  published_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE announcement_reads (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  announcement_id INTEGER NOT NULL REFERENCES announcements(id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, announcement_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE announcement_reactions (
  announcement_id INTEGER NOT NULL REFERENCES announcements(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (announcement_id, name, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_reactions_by_account ON announcement_reactions (account_id);
CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  owner_id INTEGER,
  unused_since INTEGER,
  keys TEXT NOT NULL,
  file TEXT NOT NULL DEFAULT '',
  description TEXT,
  focus TEXT
) STRICT;
CREATE INDEX media_unused ON media (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX media_owner ON media (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX media_account ON media (account_id);
CREATE TRIGGER media_used_once BEFORE UPDATE OF owner_id ON media
WHEN OLD.owner_id IS NOT NULL AND NEW.owner_id IS NOT NULL AND NEW.owner_id <> OLD.owner_id BEGIN
  SELECT RAISE(ABORT, 'UNIQUE constraint failed: media.owner_id');
END;
CREATE TABLE custom_emojis (
  shortcode TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  static_url TEXT NOT NULL,
  category TEXT,
  is_visible INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE TABLE rules (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  hint TEXT NOT NULL DEFAULT '',
  translations TEXT NOT NULL DEFAULT '{}'
) STRICT;
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
CREATE INDEX collections_by_account ON collections (account_id);
CREATE TABLE collection_items (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (collection_id, target_id)
) STRICT;
CREATE INDEX collection_items_by_target ON collection_items (target_id);
CREATE TRIGGER blocks_uncollected AFTER INSERT ON blocks BEGIN
  DELETE FROM collection_items WHERE target_id = NEW.account_id AND state = 'accepted'
  AND collection_id IN (SELECT id FROM collections WHERE account_id = NEW.target_id);
  DELETE FROM collection_items WHERE target_id = NEW.target_id AND state = 'accepted'
  AND collection_id IN (SELECT id FROM collections WHERE account_id = NEW.account_id);
END;
CREATE TABLE trends (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  rank INTEGER NOT NULL,
  week TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE notifications (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  is_filtered INTEGER NOT NULL DEFAULT 0,
  type TEXT NOT NULL,
  from_account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  status_id INTEGER REFERENCES statuses(id) ON DELETE CASCADE,
  report_id INTEGER,
  collection_id INTEGER REFERENCES collections(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX notifications_by_sender ON notifications (from_account_id);
CREATE INDEX notifications_by_account ON notifications (account_id);
CREATE INDEX notifications_by_status ON notifications (status_id) WHERE status_id IS NOT NULL;
CREATE INDEX notifications_by_collection ON notifications (collection_id) WHERE collection_id IS NOT NULL;
CREATE TABLE markers (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  timeline TEXT NOT NULL,
  last_read_id INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, timeline)
) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency_keys (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  status_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE tombstones (
  uri TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  is_ahead INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (uri, account_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE early_undos (
  account_id INTEGER PRIMARY KEY,
  uris TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE instances (
  domain TEXT PRIMARY KEY,
  signature_spec TEXT NOT NULL DEFAULT 'cavage',
  failing_since INTEGER,
  last_failure_at INTEGER,
  is_delivery_suspended INTEGER NOT NULL DEFAULT 0,
  circuit_open_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE domain_blocks (
  domain TEXT PRIMARY KEY,
  severity TEXT NOT NULL,
  comment TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE budgets (
  subject TEXT PRIMARY KEY,
  day INTEGER NOT NULL,
  written INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE seen_servers (
  parent TEXT NOT NULL,
  domain TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (parent, domain)
) STRICT, WITHOUT ROWID;
CREATE TABLE inboxes (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  domain TEXT NOT NULL,
  is_blocked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX inboxes_by_domain ON inboxes (domain);
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
CREATE TABLE relays (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL UNIQUE,
  inbox_id INTEGER REFERENCES inboxes(id),
  domain TEXT NOT NULL,
  actor_uri TEXT,
  follow_uri TEXT NOT NULL,
  state TEXT NOT NULL
) STRICT;
CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  target_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  uri TEXT UNIQUE,
  comment TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL DEFAULT 'other',
  status_ids TEXT NOT NULL DEFAULT '[]',
  rule_ids TEXT NOT NULL DEFAULT '[]',
  is_forwarded INTEGER NOT NULL DEFAULT 0,
  action_taken_at INTEGER
) STRICT;
CREATE INDEX reports_by_account ON reports (account_id, target_id);
CREATE INDEX reports_by_target ON reports (target_id);
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  to_followers INTEGER NOT NULL,
  to_accounts TEXT NOT NULL DEFAULT '[]',
  since_status_id INTEGER,
  to_relays INTEGER NOT NULL DEFAULT 0,
  to_inboxes TEXT NOT NULL DEFAULT '[]',
  status_id INTEGER,
  activity TEXT,
  is_untried INTEGER NOT NULL DEFAULT 1,
  attempts INTEGER NOT NULL DEFAULT 0,
  touched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_untried ON outbox (account_id) WHERE is_untried = 1;
CREATE TABLE chunks (
  outbox_id INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,
  first_inbox_id INTEGER NOT NULL,
  inboxes TEXT NOT NULL,
  PRIMARY KEY (outbox_id, first_inbox_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipts (
  status_id INTEGER PRIMARY KEY REFERENCES statuses(id) ON DELETE CASCADE,
  outbox_id INTEGER NOT NULL,
  servers INTEGER NOT NULL,
  refused TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE outbox_digests (
  outbox_id INTEGER PRIMARY KEY REFERENCES outbox(id) ON DELETE CASCADE,
  digests TEXT NOT NULL
) STRICT;
CREATE TABLE deliveries (
  outbox_id INTEGER NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,
  inbox_id INTEGER NOT NULL REFERENCES inboxes(id) ON DELETE CASCADE,
  attempts INTEGER NOT NULL DEFAULT 1,
  next_attempt_at INTEGER NOT NULL,
  is_blocking INTEGER NOT NULL DEFAULT 1,
  last_error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (outbox_id, inbox_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_inbox ON deliveries (inbox_id, outbox_id);
CREATE INDEX deliveries_passed ON deliveries (inbox_id, outbox_id) WHERE is_blocking = 0;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at);
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  context TEXT NOT NULL DEFAULT '{}',
  is_foreign INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  cause TEXT NOT NULL DEFAULT '',
  signer TEXT NOT NULL DEFAULT '',
  UNIQUE (kind, subject, context)
) STRICT;
CREATE INDEX jobs_due ON jobs (is_foreign, cause, next_attempt_at);
CREATE TABLE notification_requests (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  from_account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  last_status_id INTEGER,
  notifications_count INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL,
  UNIQUE (account_id, from_account_id)
) STRICT;
CREATE INDEX notification_requests_by_sender ON notification_requests (from_account_id);
CREATE TABLE notification_permissions (
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  from_account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, from_account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_permissions_by_sender ON notification_permissions (from_account_id);
CREATE TRIGGER notifications_unwanted BEFORE INSERT ON notifications
WHEN EXISTS (SELECT 1 FROM mutes WHERE account_id = NEW.account_id AND target_id = NEW.from_account_id AND hides_notifications = 1
  AND (expires_at IS NULL OR expires_at > NEW.id / 4096 + 1199145600000))
OR (EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = NEW.account_id)
  AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = NEW.account_id AND target_id = NEW.from_account_id)
  AND EXISTS (SELECT 1 FROM accounts a JOIN account_domain_blocks d ON d.account_id = NEW.account_id AND d.domain = a.domain WHERE a.id = NEW.from_account_id))
OR (NEW.type NOT IN ('poll', 'update') AND EXISTS (SELECT 1 FROM thread_mutes t WHERE t.account_id = NEW.account_id
  AND t.conversation = (SELECT conversation FROM statuses WHERE id = NEW.status_id)))
OR (NEW.status_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM statuses s WHERE s.id = NEW.status_id
  AND ((s.visibility <= 1 OR s.account_id = NEW.account_id
  OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = NEW.account_id AND m.status_id = s.id)
  OR (s.visibility = 2 AND EXISTS (SELECT 1 FROM follows w WHERE w.account_id = NEW.account_id AND w.target_id = s.account_id)))
  AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = NEW.account_id))))
BEGIN
  SELECT RAISE(IGNORE);
END;
CREATE TRIGGER notifications_pushed AFTER INSERT ON notifications
WHEN EXISTS (SELECT 1 FROM push_subscriptions WHERE account_id = NEW.account_id) BEGIN
  INSERT INTO pushes (notification_id, subscription_id, next_attempt_at)
  SELECT n.id, p.id, max(n.id / 4096 + 1199145600000, p.waits_until) FROM notifications n CROSS JOIN push_subscriptions p ON p.account_id = n.account_id
  WHERE n.id = NEW.id AND n.is_filtered = 0
  AND instr(p.alerts, ' ' || iif(n.type = 'pleroma:emoji_reaction', 'favourite', n.type) || ' ') > 0
  AND CASE p.policy WHEN 'all' THEN 1
    WHEN 'followed' THEN EXISTS (SELECT 1 FROM follows WHERE account_id = n.account_id AND target_id = n.from_account_id)
    WHEN 'follower' THEN EXISTS (SELECT 1 FROM follows WHERE account_id = n.from_account_id AND target_id = n.account_id)
    ELSE 0 END;
END;
CREATE TRIGGER notifications_judged AFTER INSERT ON notifications
WHEN NEW.type NOT IN ('poll', 'update', 'moderation_warning', 'severed_relationships', 'quoted_update', 'admin.report')
AND EXISTS (SELECT 1 FROM users u WHERE u.account_id = NEW.account_id
  AND (filters_not_following OR filters_not_followers OR filters_new_accounts OR filters_bots
  OR (filters_private_mentions AND NEW.type = 'mention')))
AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = NEW.account_id AND target_id = NEW.from_account_id)
AND NOT EXISTS (SELECT 1 FROM notification_permissions WHERE account_id = NEW.account_id AND from_account_id = NEW.from_account_id)
BEGIN
  UPDATE notifications SET is_filtered = (SELECT max(u.filters_not_following,
    CASE WHEN EXISTS (SELECT 1 FROM follows f WHERE f.account_id = NEW.from_account_id AND f.target_id = NEW.account_id) THEN 0 ELSE u.filters_not_followers END,
    CASE WHEN a.created_at > (NEW.id / 4096 + 1199145600000) - 2592000000 THEN u.filters_new_accounts ELSE 0 END,
    CASE WHEN a.actor_type IN ('Service', 'Application') THEN u.filters_bots ELSE 0 END,
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
CREATE TRIGGER subscriptions_end_with_suspension AFTER UPDATE OF suspended_at ON accounts WHEN NEW.suspended_at IS NOT NULL BEGIN
  DELETE FROM push_subscriptions WHERE account_id = NEW.id;
END;
CREATE VIRTUAL TABLE status_search USING fts5(text, content = '', contentless_delete = 1, tokenize = 'trigram');
CREATE VIRTUAL TABLE status_search_terms USING fts5vocab(status_search, row);
CREATE VIRTUAL TABLE account_search USING fts5(text, content = '', contentless_delete = 1, tokenize = 'trigram');
CREATE VIRTUAL TABLE account_search_terms USING fts5vocab(account_search, row);
CREATE TRIGGER accounts_found AFTER INSERT ON accounts WHEN NEW.actor_type <> 'Application' BEGIN
  INSERT INTO account_search (rowid, text) VALUES (NEW.id, NEW.username || '@' || NEW.domain || ' ' || NEW.display_name || ' ');
END;
CREATE TRIGGER accounts_renamed AFTER UPDATE OF username, display_name ON accounts
WHEN NEW.actor_type <> 'Application' AND (OLD.username <> NEW.username OR OLD.display_name <> NEW.display_name) BEGIN
  DELETE FROM account_search WHERE rowid = OLD.id;
  INSERT INTO account_search (rowid, text) VALUES (NEW.id, NEW.username || '@' || NEW.domain || ' ' || NEW.display_name || ' ');
END;
CREATE TRIGGER accounts_lost AFTER DELETE ON accounts BEGIN
  DELETE FROM account_search WHERE rowid = OLD.id;
END;
CREATE TRIGGER statuses_counted AFTER INSERT ON statuses WHEN NEW.visibility <> 3 BEGIN
  UPDATE accounts SET statuses_count = statuses_count + 1,
    last_status_at = max(coalesce(last_status_at, 0), NEW.created_at) WHERE id = NEW.account_id;
END;
CREATE TRIGGER statuses_uncounted AFTER DELETE ON statuses WHEN OLD.visibility <> 3 BEGIN
  UPDATE accounts SET statuses_count = max(statuses_count - 1, 0) WHERE id = OLD.account_id;
END;
CREATE TRIGGER replies_counted AFTER INSERT ON statuses WHEN NEW.in_reply_to_id IS NOT NULL AND NEW.visibility <= 1 BEGIN
  UPDATE statuses SET replies_count = replies_count + 1 WHERE id = NEW.in_reply_to_id;
END;
CREATE TRIGGER replies_counted_late AFTER UPDATE OF in_reply_to_id ON statuses
WHEN OLD.in_reply_to_id IS NULL AND NEW.in_reply_to_id IS NOT NULL AND NEW.visibility <= 1 BEGIN
  UPDATE statuses SET replies_count = replies_count + 1 WHERE id = NEW.in_reply_to_id;
END;
CREATE TRIGGER replies_uncounted AFTER DELETE ON statuses WHEN OLD.in_reply_to_id IS NOT NULL AND OLD.visibility <= 1 BEGIN
  UPDATE statuses SET replies_count = max(replies_count - 1, 0) WHERE id = OLD.in_reply_to_id;
END;
CREATE TRIGGER statuses_recounted AFTER UPDATE OF visibility ON statuses WHEN OLD.visibility <> NEW.visibility BEGIN
  UPDATE mentions SET is_direct = (NEW.visibility = 3) WHERE status_id = NEW.id AND is_direct <> (NEW.visibility = 3);
  UPDATE accounts SET statuses_count = max(statuses_count + (NEW.visibility <> 3) - (OLD.visibility <> 3), 0)
    WHERE id = NEW.account_id AND (NEW.visibility <> 3) <> (OLD.visibility <> 3);
  UPDATE statuses SET replies_count = max(replies_count + (NEW.visibility <= 1) - (OLD.visibility <= 1), 0)
    WHERE id = NEW.in_reply_to_id AND (NEW.visibility <= 1) <> (OLD.visibility <= 1);
  UPDATE statuses SET quotes_count = max(quotes_count + (NEW.visibility <= 1) - (OLD.visibility <= 1), 0)
    WHERE id = NEW.quote_of_id AND NEW.quote_state = 'accepted' AND (NEW.visibility <= 1) <> (OLD.visibility <= 1);
END;
CREATE TRIGGER reblogs_counted AFTER INSERT ON statuses WHEN NEW.reblog_of_id IS NOT NULL AND NEW.visibility <= 1 BEGIN
  UPDATE statuses SET reblogs_count = reblogs_count + 1 WHERE id = NEW.reblog_of_id;
END;
CREATE TRIGGER reblogs_uncounted AFTER DELETE ON statuses WHEN OLD.reblog_of_id IS NOT NULL AND OLD.visibility <= 1 BEGIN
  UPDATE statuses SET reblogs_count = max(reblogs_count - 1, 0) WHERE id = OLD.reblog_of_id;
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
CREATE TRIGGER polls_lost AFTER UPDATE OF poll ON statuses WHEN OLD.poll IS NOT NULL AND NEW.poll IS NULL BEGIN
  DELETE FROM open_polls WHERE status_id = NEW.id;
END;
CREATE TRIGGER statuses_lost AFTER DELETE ON statuses
WHEN EXISTS (SELECT 1 FROM status_search_docsize WHERE id = OLD.id) BEGIN
  DELETE FROM status_search WHERE rowid = OLD.id;
END;
