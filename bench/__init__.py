"""The benchmark of Tradeloom: the same work on the same data, beside the limit and the peers."""
