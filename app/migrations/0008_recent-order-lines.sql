-- When a line was ordered, so that the latest orders of a product are found; `order_lines_product_idx` finds them in no certain
-- order. The rows that are there get the time of this step, without being written again. An expansion.

-- Up Migration

ALTER TABLE order_lines ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();

-- Down Migration

ALTER TABLE order_lines DROP COLUMN created_at;
