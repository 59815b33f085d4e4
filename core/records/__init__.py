"""Floor 3: the one write pipeline and the one secured query, with policies, history and accounts."""
