-- What a thread that is being fetched has found; messages go with their subscription.
ALTER TABLE statuses ADD COLUMN thread_found INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER pushes_end_with_subscription AFTER DELETE ON push_subscriptions BEGIN
  DELETE FROM pushes WHERE subscription_id = OLD.id;
END;
DELETE FROM pushes WHERE subscription_id NOT IN (SELECT id FROM push_subscriptions);
