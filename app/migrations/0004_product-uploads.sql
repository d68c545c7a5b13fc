-- The image that was uploaded for a product and is not checked yet: what is shown (image_key) stays until it is.
-- An expansion: code that does not know the column goes on as before.

-- Up Migration

ALTER TABLE products ADD COLUMN upload_key text;

-- Down Migration

ALTER TABLE products DROP COLUMN upload_key;
