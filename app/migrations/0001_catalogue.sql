-- What the shop sells, and how much of it there is.

-- Up Migration

CREATE TABLE products (
    id uuid PRIMARY KEY,
    sku text NOT NULL UNIQUE CHECK (length(sku) BETWEEN 1 AND 64),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 5000),
    -- Money is in the currency's smallest unit, everywhere.
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    image_key text,
    image_state text NOT NULL DEFAULT 'none',
    -- Grows with each change: tells a cached copy from a newer one.
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The catalogue by name, page after page.
CREATE INDEX products_name_idx ON products (name, id);

-- Apart from the products: it changes with each order, and its locks shall not hold up the catalogue.
CREATE TABLE stock (
    product_id uuid PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
    available integer NOT NULL DEFAULT 0 CHECK (available >= 0),
    reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0)
) WITH (fillfactor = 70);

-- Down Migration

DROP TABLE stock;
DROP TABLE products;
