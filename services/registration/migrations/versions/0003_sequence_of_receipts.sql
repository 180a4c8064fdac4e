SET LOCAL lock_timeout = '5s';

ALTER TABLE receipts ADD COLUMN sequence bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN receipts.sequence IS
'Of the receipt on its topic: an older receipt that arrives late never overwrites a newer one. 0 for what was stored without it.';
