"""Floor 2: connections, transactions, tables made from definitions, and changes to them."""
