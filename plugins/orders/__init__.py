"""Orders: what we sell, at which price, and the sales order with its lines."""
