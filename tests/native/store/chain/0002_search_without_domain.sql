-- Search for a server's domain finds no longer all of its own accounts.
DROP TRIGGER accounts_found;
DROP TRIGGER accounts_renamed;
CREATE TRIGGER accounts_found AFTER INSERT ON accounts WHEN NEW.actor_type <> 'Application' BEGIN
  INSERT INTO account_search (rowid, text) VALUES (NEW.id, NEW.username || iif(NEW.domain_id IS NULL, '@' || NEW.domain, '') || ' ' || NEW.display_name || ' ');
END;
CREATE TRIGGER accounts_renamed AFTER UPDATE OF username, display_name ON accounts
WHEN NEW.actor_type <> 'Application' AND (OLD.username <> NEW.username OR OLD.display_name <> NEW.display_name) BEGIN
  DELETE FROM account_search WHERE rowid = OLD.id;
  INSERT INTO account_search (rowid, text) VALUES (NEW.id, NEW.username || iif(NEW.domain_id IS NULL, '@' || NEW.domain, '') || ' ' || NEW.display_name || ' ');
END;
INSERT OR REPLACE INTO account_search (rowid, text)
  SELECT id, username || ' ' || display_name || ' ' FROM accounts WHERE domain_id IS NOT NULL AND actor_type <> 'Application';
