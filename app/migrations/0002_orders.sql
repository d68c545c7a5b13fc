-- Orders, what is in them, and how they are paid.

-- Up Migration

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    -- The subject of the customer's token or session.
    customer_id text NOT NULL CHECK (length(customer_id) BETWEEN 1 AND 128),
    email text CHECK (length(email) <= 320),
    state text NOT NULL DEFAULT 'placed' CHECK (
        state IN ('placed', 'stock_reserved', 'payment_authorized', 'confirmed', 'cancelling', 'cancelled')
    ),
    total_cents bigint NOT NULL CHECK (total_cents >= 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- The client's key of the request. The same key and another request (by its hash) is a mistake of the client.
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 128),
    request_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT orders_idempotency_key UNIQUE (customer_id, idempotency_key)
) WITH (fillfactor = 85);

-- A customer's orders, the newest first.
CREATE INDEX orders_customer_idx ON orders (customer_id, created_at DESC, id DESC);

CREATE TABLE order_lines (
    order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    product_id uuid NOT NULL REFERENCES products (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    -- What was agreed on: the product's price may change.
    unit_price_cents integer NOT NULL CHECK (unit_price_cents >= 0),
    PRIMARY KEY (order_id, product_id)
);

-- What was bought together with a product, and the check when a product is deleted.
CREATE INDEX order_lines_product_idx ON order_lines (product_id, order_id);

CREATE TABLE payments (
    order_id uuid PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
    -- The provider's.
    reference text NOT NULL,
    state text NOT NULL CHECK (state IN ('authorized', 'declined', 'captured', 'voided')),
    amount_cents bigint NOT NULL CHECK (amount_cents >= 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Down Migration

DROP TABLE payments;
DROP TABLE order_lines;
DROP TABLE orders;
