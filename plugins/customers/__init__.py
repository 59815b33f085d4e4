"""Customers: who we sell to, whom we talk to there, and where they are."""
