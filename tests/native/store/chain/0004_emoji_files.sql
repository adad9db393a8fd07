-- Files of custom emojis; statuses of other servers are counted by these.
ALTER TABLE custom_emojis ADD COLUMN media_id INTEGER;
ALTER TABLE custom_emojis ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER statuses_counted;
DROP TRIGGER statuses_uncounted;
DROP TRIGGER statuses_recounted;
CREATE TRIGGER statuses_counted AFTER INSERT ON statuses WHEN NEW.is_local = 1 AND NEW.visibility <> 3 BEGIN
  UPDATE accounts SET statuses_count = statuses_count + 1,
    last_status_at = max(coalesce(last_status_at, 0), NEW.created_at) WHERE id = NEW.account_id;
END;
CREATE TRIGGER statuses_uncounted AFTER DELETE ON statuses WHEN OLD.is_local = 1 AND OLD.visibility <> 3 BEGIN
  UPDATE accounts SET statuses_count = max(statuses_count - 1, 0) WHERE id = OLD.account_id;
END;
CREATE TRIGGER statuses_dated AFTER INSERT ON statuses WHEN NEW.is_local = 0 AND NEW.visibility <> 3 BEGIN
  UPDATE accounts SET last_status_at = NEW.created_at
    WHERE id = NEW.account_id AND coalesce(last_status_at, 0) / 86400000 < NEW.created_at / 86400000;
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
