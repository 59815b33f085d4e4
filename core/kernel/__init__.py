"""Floor 0: errors, actor, clock, money, ids, texts. Imports the standard library only."""
